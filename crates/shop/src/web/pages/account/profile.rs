//! `/profile`: one's data, address and signed-in devices.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::super::field::Field;
use super::super::{Shell, Visit, page, see};
use super::recover::first_words;
use crate::accounts::{self, ChangeError, LoginError, Password, Role, SessionError, SessionId, SessionInfo, User};
use crate::addresses::{self, KeptAddress};
use crate::catalog;
use crate::texts::{Texts, fill};
use crate::web::session::{Client, CsrfForm, SignedIn, signed_out_cookies};
use crate::web::{Id, Problem};

#[derive(Template)]
#[template(path = "profile.html")]
struct Profile {
    shell: Shell,
    t: &'static Texts,
    user: User,
    role: &'static str,
    /// Slug of the seller's store.
    store: Option<String>,
    /// The default one.
    address: Option<KeptAddress>,
    sessions: Vec<Device>,
    name: Vec<Field>,
    passwords: Vec<Field>,
}

struct Device {
    id: i64,
    name: String,
    seen: String,
    ip: String,
    current: bool,
}

/// `GET /profile`
pub(in crate::web::pages) async fn profile(user: SignedIn, visit: Visit) -> Result<Response, Problem> {
    render(user, visit, StatusCode::OK, Wrong::default()).await
}

/// What a form of the page was not taken for.
#[derive(Default)]
struct Wrong {
    name: Option<String>,
    old: Option<String>,
    new: Option<String>,
}

async fn render(
    SignedIn { user, .. }: SignedIn,
    visit: Visit,
    status: StatusCode,
    wrong: Wrong,
) -> Result<Response, Problem> {
    let app = &visit.app;
    let found = async {
        let account = accounts::current_user(app, &user.identity).await?;
        Ok::<_, SessionError>((account, accounts::sessions(app, &user.identity).await?))
    };
    let (account, sessions) = match found.await {
        Ok(found) => found,
        Err(SessionError::Failed(failure)) => return Err(failure.into()),
        Err(SessionError::Ended | SessionError::NotFound) => {
            return Ok((signed_out_cookies(app), see("/login?next=/profile")).into_response());
        }
    };
    let store = match account.role {
        Role::Vendedor => catalog::store_of(app.db(), account.id.0).await?.map(|store| store.slug),
        Role::Comprador | Role::Admin => None,
    };
    let address = addresses::default_of(app, account.id.0).await?;
    let shell = visit.shell;
    let t = shell.t;
    let sessions = sessions.into_iter().map(|session| device(session, &shell)).collect();
    let role = match account.role {
        Role::Comprador => t.account.role_comprador,
        Role::Vendedor => t.account.role_vendedor,
        Role::Admin => t.account.role_admin,
    };
    let a = &t.account;
    let name = vec![
        Field::new("name", "text", a.name, "name")
            .most(100)
            .holding(&account.name)
            .wrong(wrong.name),
    ];
    let passwords = vec![
        Field::new("old", "password", a.old_password, "current-password")
            .most(128)
            .wrong(wrong.old),
        Field::new("new", "password", a.new_password, "new-password")
            .most(128)
            .hint(a.password_hint)
            .wrong(wrong.new),
    ];
    page(
        status,
        &Profile {
            t,
            name,
            passwords,
            user: account,
            role,
            store,
            address,
            sessions,
            shell,
        },
    )
}

fn device(session: SessionInfo, shell: &Shell) -> Device {
    let a = &shell.t.account;
    let name = match (session.kind.as_str(), browser(&session.user_agent)) {
        ("api", _) => a.api_session.to_owned(),
        (_, Some(name)) => name,
        (_, None) => a.unknown_device.to_owned(),
    };
    let seen = fill(a.last_seen, "when", shell.lang.moment(session.last_seen_at));
    Device {
        id: session.id.0,
        name,
        seen,
        ip: session.ip,
        current: session.current,
    }
}

/// "Firefox · Android", as far as a `User-Agent` tells; the order matters, since browsers name the ones they descend from.
pub(in crate::web::pages) fn browser(agent: &str) -> Option<String> {
    let first = |known: &[(&str, &'static str)]| {
        known
            .iter()
            .find(|(mark, _)| agent.contains(mark))
            .map(|(_, name)| *name)
    };
    let program = first(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("CriOS/", "Chrome"),
        ("Safari/", "Safari"),
    ])?;
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("Linux", "Linux"),
    ]);
    Some(system.map_or_else(|| program.to_owned(), |system| format!("{program} · {system}")))
}

#[derive(Deserialize)]
pub(in crate::web::pages) struct Nothing {}

/// `POST /profile/sessions/{id}/end`
pub(in crate::web::pages) async fn end_session(
    SignedIn { user, .. }: SignedIn,
    Id(id): Id<SessionId>,
    visit: Visit,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Result<Response, Problem> {
    match accounts::end_session(&visit.app, &user.identity, id).await {
        // One that is gone already is as ended as it can be.
        Ok(()) | Err(SessionError::NotFound) => Ok(see("/profile?notice=ended")),
        Err(SessionError::Ended) => Ok((signed_out_cookies(&visit.app), see("/login?next=/profile")).into_response()),
        Err(SessionError::Failed(failure)) => Err(failure.into()),
    }
}

/// `POST /profile/sessions/end-others`
pub(in crate::web::pages) async fn end_other_sessions(
    SignedIn { user, .. }: SignedIn,
    visit: Visit,
    CsrfForm(Nothing {}): CsrfForm<Nothing>,
) -> Result<Response, Problem> {
    accounts::end_other_sessions(&visit.app, &user.identity).await?;
    Ok(see("/profile?notice=others_ended"))
}

#[derive(Deserialize)]
pub(in crate::web::pages) struct NameForm {
    #[serde(default)]
    name: String,
}

/// `POST /profile/name`
pub(in crate::web::pages) async fn rename(
    user: SignedIn,
    visit: Visit,
    CsrfForm(form): CsrfForm<NameForm>,
) -> Result<Response, Problem> {
    match accounts::rename(&visit.app, &user.user.identity, &form.name).await {
        Ok(_) => Ok(see("/profile?notice=renamed")),
        Err(ChangeError::Invalid(broken)) => {
            let wrong = Wrong {
                name: first_words(&visit.shell, &broken),
                ..Wrong::default()
            };
            render(user, visit, StatusCode::UNPROCESSABLE_ENTITY, wrong).await
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Deserialize)]
pub(in crate::web::pages) struct PasswordForm {
    #[serde(default)]
    old: Password,
    #[serde(default)]
    new: Password,
}

/// `POST /profile/password`
pub(in crate::web::pages) async fn change_password(
    user: SignedIn,
    visit: Visit,
    Client(device): Client,
    CsrfForm(form): CsrfForm<PasswordForm>,
) -> Result<Response, Problem> {
    let a = &visit.shell.t.account;
    let identity = user.user.identity;
    let (status, wrong) = match accounts::change_password(&visit.app, &identity, &form.old, &form.new, &device).await {
        Ok(()) => return Ok(see("/profile?notice=password_changed")),
        Err(ChangeError::Invalid(broken)) => {
            let wrong = Wrong {
                new: first_words(&visit.shell, &broken),
                ..Wrong::default()
            };
            (StatusCode::UNPROCESSABLE_ENTITY, wrong)
        }
        Err(ChangeError::Login(LoginError::WrongCredentials)) => {
            let wrong = Wrong {
                old: Some(a.old_password_wrong.to_owned()),
                ..Wrong::default()
            };
            (StatusCode::UNPROCESSABLE_ENTITY, wrong)
        }
        Err(ChangeError::Login(LoginError::Throttled { retry_after })) => {
            let wait = fill(a.throttled, "n", retry_after.as_secs().max(1));
            let wrong = Wrong {
                old: Some(wait),
                ..Wrong::default()
            };
            (StatusCode::TOO_MANY_REQUESTS, wrong)
        }
        Err(error) => return Err(error.into()),
    };
    render(user, visit, status, wrong).await
}

#[cfg(test)]
mod tests {
    use super::browser;

    #[test]
    fn devices_are_named_by_browser_and_system() {
        let chrome = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36";
        assert_eq!(browser(chrome).as_deref(), Some("Chrome · Android"));
        assert_eq!(
            browser("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0").as_deref(),
            Some("Firefox · Linux")
        );
        assert_eq!(browser("curl/8"), None);
    }
}
