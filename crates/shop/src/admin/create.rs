//! Admins are made at the machine itself, never by registration.

use sea_orm::DbErr;

use super::{Act, Subject, record};
use crate::accounts::{self, Broken, Failure, Password, Role};
use crate::db::{Batch, Db, Sql, params};

/// Who shall be an admin.
#[derive(Clone, Debug)]
pub struct CreateAdmin {
    /// Trimmed and lower-cased.
    pub email: String,
    /// Shown to others; the part of the e-mail before the `@` when not given.
    pub name: Option<String>,
    /// Checked by the rules of registration. Not asked of an account that is only promoted.
    pub password: Password,
    /// An account with that e-mail may be there already and becomes an admin's, with this password.
    pub promote: bool,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created {
    /// The account.
    pub id: i64,
    /// As stored.
    pub email: String,
    /// It was there before.
    pub promoted: bool,
}

/// Why no admin was made.
#[derive(Debug, thiserror::Error)]
pub enum CreateAdminError {
    /// The fields that break a rule, every one of them.
    #[error("{}", in_words(.0))]
    Invalid(Vec<Broken>),
    /// An account with that e-mail exists, and nobody said to promote it.
    #[error("an account with that e-mail exists already")]
    Taken,
    /// The machine failed.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// The database did not answer.
    #[error(transparent)]
    Database(#[from] DbErr),
}

fn in_words(broken: &[Broken]) -> String {
    let each = broken
        .iter()
        .map(|broken| format!("{}: {}", broken.field, broken.rule.texts().1));
    each.collect::<Vec<_>>().join(" ")
}

static INSERT: Sql = Sql::new(
    "admin_insert",
    "INSERT INTO users (name, email, password_hash, role, email_verified_at, created_at, updated_at) VALUES (?, ?, ?, 'admin', ?, ?, ?)",
);
static FIND: Sql = Sql::new("admin_find", "SELECT id FROM users WHERE email = ? FOR UPDATE");
static PROMOTE: Sql = Sql::new(
    "admin_promote",
    "UPDATE users SET role = 'admin', password_hash = ?, updated_at = ? WHERE id = ?",
);
static END_SESSIONS: Sql = Sql::new(
    "admin_promote_end_sessions",
    "UPDATE sessions SET revoked_at = ?, revoked_reason = 'promoted' WHERE user_id = ? AND revoked_at IS NULL",
);

/// Makes an admin. Whoever was signed in to a promoted account is signed out: the role is worth more than their old proof.
pub async fn create(db: &Db, new: CreateAdmin, now_ms: i64) -> Result<Created, CreateAdminError> {
    let typed = new.email.trim().to_lowercase();
    let name = new
        .name
        .unwrap_or_else(|| typed.split('@').next().unwrap_or_default().to_owned());
    let valid =
        accounts::check_account(&name, &typed, &new.password, Role::Admin).map_err(CreateAdminError::Invalid)?;
    let hash = accounts::hash_password(&new.password).await?;
    let tx = db.begin().await?;
    let mut batch = Batch::new("admin_create");
    let found = FIND.integer(&tx, params![valid.email.as_str()]).await?;
    let id = match found {
        Some(_) if !new.promote => return Err(CreateAdminError::Taken),
        Some(id) => {
            batch.add(&PROMOTE, params![hash, now_ms, id]);
            batch.add(&END_SESSIONS, params![now_ms, id]);
            record(&mut batch, None, Act::AdminPromoted, Subject::User(id), "", now_ms);
            id
        }
        None => {
            let values = params![valid.name.as_str(), valid.email.as_str(), hash, now_ms, now_ms, now_ms];
            let id = INSERT.insert(&tx, values).await?;
            record(&mut batch, None, Act::AdminCreated, Subject::User(id), "", now_ms);
            id
        }
    };
    batch.execute(&tx).await?;
    tx.commit().await?;
    Ok(Created {
        id,
        email: valid.email,
        promoted: found.is_some(),
    })
}
