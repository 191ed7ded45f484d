//! The errors of accounts in HTTP. Exhaustive on purpose: a new error does not compile until it has its place.

use axum::http::StatusCode;

use crate::accounts::{
    AuthError, Broken, ChangeError, Failure, LinkError, LoginError, MailError, RefreshError, RegisterError, ResetError,
    SessionError,
};
use crate::web::{FieldProblem, Problem};

/// RFC 6750, section 3.1.
const INVALID_TOKEN: &str = r#"Bearer realm="textisur", error="invalid_token""#;
const SIGN_IN: &str = r#"Bearer realm="textisur""#;

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Database(error) => error.into(),
            Failure::Hashing(_) | Failure::NoSigningKey | Failure::Signing(_) => Self::internal(&failure),
        }
    }
}

impl From<Broken> for FieldProblem {
    fn from(broken: Broken) -> Self {
        let (es, en) = broken.rule.texts();
        Self {
            field: broken.field.into(),
            code: broken.rule.code(),
            es,
            en,
        }
    }
}

impl From<RegisterError> for Problem {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::Invalid(broken) => Self::invalid(broken.into_iter().map(FieldProblem::from).collect()),
            RegisterError::EmailTaken => {
                let (es, en) = ("El correo ya está registrado", "The e-mail is already registered");
                Self::new(StatusCode::CONFLICT, "email_taken", es, en).with_fields(vec![FieldProblem {
                    field: "email".into(),
                    code: "taken",
                    es: es.into(),
                    en: en.into(),
                }])
            }
            RegisterError::Busy { retry_after } => busy(retry_after),
            RegisterError::Failed(failure) => failure.into(),
        }
    }
}

impl From<LoginError> for Problem {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::WrongCredentials => Self::new(
                StatusCode::UNAUTHORIZED,
                "invalid_credentials",
                "Credenciales inválidas",
                "Invalid credentials",
            )
            .with_challenge(SIGN_IN),
            LoginError::Suspended => Self::new(
                StatusCode::FORBIDDEN,
                "account_suspended",
                "Tu cuenta está suspendida. Escríbenos si crees que es un error.",
                "Your account is suspended. Write to us if you think this is a mistake.",
            ),
            LoginError::Throttled { retry_after } => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_failures",
                "Demasiados intentos fallidos. Espera un momento antes de volver a intentar.",
                "Too many failed attempts. Wait a moment before trying again.",
            )
            .with_retry_after(retry_after),
            LoginError::Busy { retry_after } => busy(retry_after),
            LoginError::Failed(failure) => failure.into(),
        }
    }
}

impl From<RefreshError> for Problem {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::Invalid => Self::new(
                StatusCode::UNAUTHORIZED,
                "invalid_refresh_token",
                "La sesión terminó. Inicia sesión de nuevo.",
                "The session is over. Sign in again.",
            )
            .with_challenge(INVALID_TOKEN),
            RefreshError::Reused => Self::new(
                StatusCode::UNAUTHORIZED,
                "refresh_token_reused",
                "Este token ya se había usado; por seguridad la sesión terminó. Inicia sesión de nuevo.",
                "This token had been used before; the session was ended for safety. Sign in again.",
            )
            .with_challenge(INVALID_TOKEN),
            RefreshError::Failed(failure) => failure.into(),
        }
    }
}

impl From<AuthError> for Problem {
    fn from(error: AuthError) -> Self {
        let refused = |code, es, en| Self::new(StatusCode::UNAUTHORIZED, code, es, en).with_challenge(INVALID_TOKEN);
        match error {
            AuthError::Invalid => refused("invalid_token", "El token no es válido", "The token is not valid"),
            AuthError::Expired => refused("expired_token", "El token caducó", "The token has expired"),
            AuthError::Suspended => refused(
                "account_suspended",
                "Tu cuenta está suspendida",
                "Your account is suspended",
            ),
            AuthError::Unavailable => Self::unavailable(
                "keys_unavailable",
                "No podemos comprobar tu sesión en este momento. Intenta de nuevo.",
                "Your session cannot be checked right now. Try again.",
                std::time::Duration::from_secs(1),
            ),
        }
    }
}

impl From<SessionError> for Problem {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Ended => Self::new(
                StatusCode::UNAUTHORIZED,
                "session_ended",
                "La sesión terminó. Inicia sesión de nuevo.",
                "The session is over. Sign in again.",
            )
            .with_challenge(INVALID_TOKEN),
            SessionError::NotFound => Self::not_found("Esa sesión no existe", "No such session"),
            SessionError::Failed(failure) => failure.into(),
        }
    }
}

impl From<MailError> for Problem {
    fn from(error: MailError) -> Self {
        match error {
            MailError::Invalid(broken) => invalid(broken),
            MailError::Throttled { retry_after } => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_letters",
                "Ya enviamos varios correos. Espera un momento antes de pedir otro.",
                "Several letters were sent already. Wait a moment before asking for another.",
            )
            .with_retry_after(retry_after),
            MailError::AlreadyVerified => Self::new(
                StatusCode::CONFLICT,
                "already_verified",
                "Tu correo ya está confirmado",
                "Your e-mail is confirmed already",
            ),
            MailError::Session(error) => error.into(),
            MailError::Failed(failure) => failure.into(),
        }
    }
}

impl From<LinkError> for Problem {
    fn from(error: LinkError) -> Self {
        match error {
            LinkError::Invalid => link_gone(),
            LinkError::Failed(failure) => failure.into(),
        }
    }
}

impl From<ResetError> for Problem {
    fn from(error: ResetError) -> Self {
        match error {
            ResetError::Link => link_gone(),
            ResetError::Invalid(broken) => invalid(broken),
            ResetError::Busy { retry_after } => busy(retry_after),
            ResetError::Failed(failure) => failure.into(),
        }
    }
}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Invalid(broken) => invalid(broken),
            // Not 401: the caller is signed in, and a client must not take it for the end of the session.
            ChangeError::Login(LoginError::WrongCredentials) => Self::new(
                StatusCode::FORBIDDEN,
                "wrong_password",
                "No es tu contraseña actual",
                "That is not your current password",
            ),
            ChangeError::Login(error) => error.into(),
            ChangeError::Session(error) => error.into(),
            ChangeError::Failed(failure) => failure.into(),
        }
    }
}

fn invalid(broken: Vec<Broken>) -> Problem {
    Problem::invalid(broken.into_iter().map(FieldProblem::from).collect())
}

fn link_gone() -> Problem {
    Problem::new(
        StatusCode::GONE,
        "link_gone",
        "Este enlace ya se usó o caducó; pide otro",
        "This link was used or has expired; ask for another",
    )
}

fn busy(retry_after: std::time::Duration) -> Problem {
    Problem::unavailable(
        "busy",
        "Hay mucha gente entrando en este momento. Intenta de nuevo en unos segundos.",
        "Many people are signing in right now. Try again in a few seconds.",
        retry_after,
    )
}
