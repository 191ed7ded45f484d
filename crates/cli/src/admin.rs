//! `textisur admin create`: admins are made at the machine, never by registration.

use std::io::{self, IsTerminal as _, Write as _};

use anyhow::Context as _;
use clap::Subcommand;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use serde_json::json;
use shop::accounts::Password;
use shop::admin::{CreateAdmin, CreateAdminError};

use crate::config::{Sources, load, shop_at_rest};
use crate::process::Mistake;

/// Look after admins' accounts
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: textisur admin create --email ana@example.com --name 'Ana Rangel'")]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Create(Create),
}

/// Make an admin's account
///
/// Asks for the password without showing it. It works while TextiSur runs and while it does not.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  textisur admin create --email ana@example.com\n  pass show textisur | textisur admin create --email ana@example.com --password-stdin --json"
)]
struct Create {
    #[command(flatten)]
    sources: Sources,
    /// Whom to sign in as
    #[arg(long)]
    email: String,
    /// Shown to others; the e-mail up to its @ if it is not given
    #[arg(long)]
    name: Option<String>,
    /// Read the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
    /// An account with that e-mail may be there already: it becomes an admin's, with this password
    #[arg(long)]
    promote: bool,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    let Command::Create(args) = args.command;
    let config = shop_at_rest(&load(&args.sources)?);
    let password = read_password(args.password_stdin)?;
    let new = CreateAdmin {
        email: args.email,
        name: args.name,
        password,
        promote: args.promote,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let created = runtime.block_on(async {
        let now = shop::clock::Clock::System.now_ms();
        let db = shop::db::Db::open(&config.database).await?;
        db.migrate(now).await?;
        let created = shop::admin::create(&db, new, now).await;
        db.close().await?;
        anyhow::Ok(created)
    })?;
    let created = created.map_err(|error| match error {
        CreateAdminError::Invalid(_) => Mistake(error.to_string()).into(),
        CreateAdminError::Taken => {
            Mistake::with_advice(error, "to make that account an admin's, with this password: --promote")
        }
        CreateAdminError::Failed(_) | CreateAdminError::Database(_) => anyhow::Error::from(error),
    })?;
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(
            out,
            "{}",
            json!({ "id": created.id, "email": created.email, "promoted": created.promoted })
        )?;
    } else if created.promoted {
        writeln!(
            out,
            "{} is an admin now; everybody signed in to it was signed out",
            created.email
        )?;
    } else {
        writeln!(out, "{} is an admin", created.email)?;
    }
    Ok(())
}

fn read_password(from_stdin: bool) -> anyhow::Result<Password> {
    if from_stdin {
        return read_line(&mut io::stdin().lock()).map(Password::from);
    }
    if !io::stdin().is_terminal() {
        return Err(Mistake(
            "standard input is no terminal to ask for a password at; pipe it in with --password-stdin".into(),
        )
        .into());
    }
    let first = ask("Password: ")?;
    if first != ask("Once more: ")? {
        return Err(Mistake("the two are not the same".into()).into());
    }
    Ok(first.into())
}

/// Asks at the terminal, which does not show what is typed meanwhile, however the question ends.
fn ask(question: &str) -> anyhow::Result<String> {
    struct Shown(rustix::termios::Termios);
    impl Drop for Shown {
        fn drop(&mut self) {
            // The terminal is gone, or as it was.
            let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &self.0);
            eprintln!();
        }
    }
    eprint!("{question}");
    io::stderr().flush()?;
    let shown = tcgetattr(io::stdin()).context("the terminal cannot be asked")?;
    let mut blind = shown.clone();
    blind.local_modes.remove(LocalModes::ECHO);
    let _restore = Shown(shown);
    tcsetattr(io::stdin(), OptionalActions::Flush, &blind).context("the terminal cannot be told to hide a password")?;
    read_line(&mut io::stdin().lock())
}

fn read_line(from: &mut impl io::BufRead) -> anyhow::Result<String> {
    let mut line = String::new();
    from.read_line(&mut line).context("the password cannot be read")?;
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}
