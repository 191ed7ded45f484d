//! What a name, an e-mail and a password must be.

use std::{borrow::Cow, collections::HashSet, sync::LazyLock};

use super::types::{NewAccount, Password, Role};

/// One field that breaks one rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The field's name in forms and JSON.
    pub field: &'static str,
    /// What it breaks.
    pub rule: Rule,
}

/// The rules of a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Something must be there.
    Required,
    /// At most so many characters.
    TooLong(usize),
    /// At least so many characters.
    TooShort(usize),
    /// Control characters have no place in it.
    Characters,
    /// Not an e-mail address.
    Email,
    /// Not `comprador` or `vendedor`.
    Role,
    /// Among the passwords that everybody tries first.
    CommonPassword,
    /// The password is the account's own name or e-mail.
    PasswordIsIdentity,
}

impl Rule {
    /// Stable word for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::TooLong(_) => "too_long",
            Self::TooShort(_) => "too_short",
            Self::Characters => "characters",
            Self::Email => "email",
            Self::Role => "role",
            Self::CommonPassword => "common_password",
            Self::PasswordIsIdentity => "password_is_identity",
        }
    }

    /// For people, in Spanish and in English.
    pub fn texts(self) -> (Cow<'static, str>, Cow<'static, str>) {
        match self {
            Self::Required => ("Este campo es obligatorio.".into(), "This field is required.".into()),
            Self::TooLong(most) => (
                format!("Usa como máximo {most} caracteres.").into(),
                format!("Use at most {most} characters.").into(),
            ),
            Self::TooShort(least) => (
                format!("Usa al menos {least} caracteres.").into(),
                format!("Use at least {least} characters.").into(),
            ),
            Self::Characters => (
                "Contiene caracteres que no se pueden usar.".into(),
                "It contains characters that cannot be used.".into(),
            ),
            Self::Email => (
                "Escribe un correo válido, por ejemplo ana@ejemplo.mx.".into(),
                "Enter a valid e-mail address, for example ana@example.com.".into(),
            ),
            Self::Role => (
                "Elige comprador o vendedor.".into(),
                "Choose comprador (buyer) or vendedor (seller).".into(),
            ),
            Self::CommonPassword => (
                "Esta contraseña está entre las más usadas, y por eso es de las primeras que se prueban. Elige otra."
                    .into(),
                "This password is among the most used, so it is among the first that are tried. Choose another.".into(),
            ),
            Self::PasswordIsIdentity => (
                "La contraseña no puede ser tu nombre ni tu correo.".into(),
                "The password cannot be your name or your e-mail.".into(),
            ),
        }
    }
}

const NAME_MOST: usize = 100;
const EMAIL_MOST: usize = 254;
pub(super) const PASSWORD_LEAST: usize = 8;
pub(super) const PASSWORD_MOST: usize = 128;

/// A registration whose fields keep the rules.
#[derive(Debug)]
pub(crate) struct ValidAccount {
    pub(crate) name: String,
    pub(crate) email: String,
    pub(super) role: Role,
}

/// Checks every field, so that a form shows all that is wrong at once.
pub(super) fn account(new: &NewAccount) -> Result<ValidAccount, Vec<Broken>> {
    let role = Role::parse(&new.role).filter(|role| *role != Role::Admin);
    checked(&new.name, &new.email, &new.password, role)
}

/// The same, whoever decides on the role.
pub(super) fn checked(
    name: &str,
    email: &str,
    password: &Password,
    role: Option<Role>,
) -> Result<ValidAccount, Vec<Broken>> {
    let (name, email) = (name.trim(), normal_email(email));
    let checks = [
        ("name", name_rule(name)),
        ("email", email_rule(&email)),
        ("password", password_rule(password.reveal(), name, &email)),
        ("role", role.is_none().then_some(Rule::Role)),
    ];
    let broken: Vec<Broken> = checks
        .into_iter()
        .filter_map(|(field, rule)| rule.map(|rule| Broken { field, rule }))
        .collect();
    match role {
        Some(role) if broken.is_empty() => Ok(ValidAccount {
            name: name.to_owned(),
            email,
            role,
        }),
        _ => Err(broken),
    }
}

/// The one spelling of an e-mail that is stored and compared.
pub(super) fn normal_email(text: &str) -> String {
    text.trim().to_lowercase()
}

pub(super) fn name_rule(name: &str) -> Option<Rule> {
    match name.chars().count() {
        0 => Some(Rule::Required),
        length if length > NAME_MOST => Some(Rule::TooLong(NAME_MOST)),
        _ => name.chars().any(char::is_control).then_some(Rule::Characters),
    }
}

/// The form that HTML gives `<input type=email>`, with a dot in the domain: mail has to reach it over the internet.
pub(super) fn email_rule(email: &str) -> Option<Rule> {
    if email.is_empty() {
        return Some(Rule::Required);
    }
    if email.len() > EMAIL_MOST {
        return Some(Rule::TooLong(EMAIL_MOST));
    }
    let local_part = |text: &str| {
        (1..=64).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte))
    };
    let label = |text: &str| {
        (1..=63).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !text.starts_with('-')
            && !text.ends_with('-')
    };
    let well_formed = email
        .split_once('@')
        .is_some_and(|(local, domain)| local_part(local) && domain.contains('.') && domain.split('.').all(label));
    (!well_formed).then_some(Rule::Email)
}

/// Length and a list, and no rules on kinds of characters: those make passwords worse (NIST SP 800-63B, OWASP ASVS 5 chapter 6.2).
pub(super) fn password_rule(password: &str, name: &str, email: &str) -> Option<Rule> {
    // Unicode scalar values: what a person types counts the same whatever its UTF-8 length.
    match password.chars().count() {
        0 => return Some(Rule::Required),
        length if length < PASSWORD_LEAST => return Some(Rule::TooShort(PASSWORD_LEAST)),
        length if length > PASSWORD_MOST => return Some(Rule::TooLong(PASSWORD_MOST)),
        _ => {}
    }
    let folded = password.to_lowercase();
    let local = email.split('@').next().unwrap_or_default();
    if [name.to_lowercase().as_str(), email, local].contains(&folded.trim()) {
        return Some(Rule::PasswordIsIdentity);
    }
    (COMMON.contains(folded.as_str()) || is_trivial(&folded)).then_some(Rule::CommonPassword)
}

/// Lists of leaked passwords are headed by the same few hundred everywhere; whoever guesses online, throttled, gets no further than
/// these. The file holds those of at least eight characters, Spanish and local ones too, lower-case, one a line.
static COMMON: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    include_str!("common_passwords.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect()
});

/// One or two characters repeated, or a run up or down the alphabet or the digits: `aaaaaaaa`, `abababab`, `23456789`.
fn is_trivial(password: &str) -> bool {
    let chars: Vec<char> = password.chars().collect();
    let repeats = (1..=2).any(|period| chars.iter().skip(period).eq(chars.iter().take(chars.len() - period)));
    let step = |by: i64| {
        chars.windows(2).all(|pair| {
            let next = i64::from(u32::from(pair[0])) + by;
            i64::from(u32::from(pair[1])) == next || (by == 1 && pair == ['9', '0'])
        })
    };
    repeats || step(1) || step(-1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ana() -> NewAccount {
        NewAccount {
            name: "  Ana Rangel ".into(),
            email: " Ana.Rangel@Example.COM ".into(),
            password: "TestPassword123!".into(),
            role: "comprador".into(),
        }
    }

    fn broken(change: impl FnOnce(&mut NewAccount)) -> Vec<(&'static str, &'static str)> {
        let mut new = ana();
        change(&mut new);
        account(&new)
            .err()
            .unwrap_or_default()
            .into_iter()
            .map(|broken| (broken.field, broken.rule.code()))
            .collect()
    }

    fn password(text: &str) -> Vec<(&'static str, &'static str)> {
        broken(|new| new.password = text.into())
    }

    #[test]
    fn a_good_registration_is_tidied() {
        let valid = account(&ana()).unwrap();
        assert_eq!(
            (valid.name.as_str(), valid.email.as_str(), valid.role),
            ("Ana Rangel", "ana.rangel@example.com", Role::Comprador)
        );
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let all = account(&NewAccount::default()).unwrap_err();
        let fields: Vec<_> = all.iter().map(|broken| broken.field).collect();
        assert_eq!(fields, ["name", "email", "password", "role"]);
    }

    #[test]
    fn nobody_registers_as_admin() {
        for role in ["admin", "Admin", "", "buyer", "comprador "] {
            assert_eq!(broken(|new| new.role = role.into()), [("role", "role")], "{role}");
        }
        assert_eq!(broken(|new| new.role = "vendedor".into()), []);
    }

    #[test]
    fn passwords_have_8_to_128_characters_however_they_are_written() {
        assert_eq!(password("corta12"), [("password", "too_short")]);
        assert_eq!(password("ñandúes7"), []);
        assert_eq!(password(&"ñ1z".repeat(42)), []);
        assert_eq!(password(&format!("{}xy", "ñ1z".repeat(42))), []);
        assert_eq!(password(&"ñ1z".repeat(43)), [("password", "too_long")]);
        assert_eq!(password("solo palabras con espacios"), []);
    }

    #[test]
    fn what_everybody_tries_first_is_refused_in_any_case() {
        for common in [
            "password",
            "PassWord123",
            "contraseña",
            "12345678",
            "Qwertyuiop",
            "TeQuieroMucho",
            "moroleon1",
            "textisur",
            "AAAAAAAA",
            "abababab",
            "87654321",
            "1234567890",
        ] {
            assert_eq!(password(common), [("password", "common_password")], "{common}");
        }
    }

    #[test]
    fn the_list_is_as_it_says() {
        assert!(COMMON.len() >= 300, "{}", COMMON.len());
        for entry in COMMON.iter() {
            assert_eq!(*entry, entry.to_lowercase().trim());
            assert!(
                entry.chars().count() >= PASSWORD_LEAST,
                "{entry} is refused by its length already"
            );
        }
    }

    #[test]
    fn the_password_is_not_the_account_itself() {
        for own in ["ana rangel", "ANA.rangel@example.com", "Ana.Rangel"] {
            assert_eq!(password(own), [("password", "password_is_identity")], "{own}");
        }
    }

    #[test]
    fn e_mails_that_can_be_reached() {
        for good in ["a@b.mx", "user1@test.com", "o'brien+tag@sub.example.co.uk"] {
            assert_eq!(broken(|new| new.email = good.into()), [], "{good}");
        }
        for bad in [
            "ana",
            "ana@",
            "@b.mx",
            "ana@localhost",
            "a b@c.mx",
            "a@b..mx",
            "a@-b.mx",
            "a@b.mx\r\nbcc: x@y.mx",
            "a@b@c.mx",
            "ñ@b.mx",
        ] {
            assert_eq!(broken(|new| new.email = bad.into()), [("email", "email")], "{bad}");
        }
        assert_eq!(
            broken(|new| new.email = format!("a@{}.mx", "b.".repeat(130))),
            [("email", "too_long")]
        );
    }

    #[test]
    fn names_are_short_lines() {
        assert_eq!(broken(|new| new.name = "é".repeat(101)), [("name", "too_long")]);
        assert_eq!(broken(|new| new.name = "a\nb".into()), [("name", "characters")]);
        assert_eq!(broken(|new| new.name = "   ".into()), [("name", "required")]);
    }

    proptest! {
        #[test]
        fn no_input_panics_and_what_passes_keeps_the_rules(name in "\\PC{0,120}", email in "\\PC{0,40}@\\PC{0,20}", password in ".{0,140}") {
            let new = NewAccount { name, email, password: password.clone().into(), role: "comprador".into() };
            if let Ok(valid) = account(&new) {
                prop_assert!((8..=128).contains(&password.chars().count()));
                prop_assert!(valid.email.is_ascii() && valid.email == valid.email.to_lowercase());
                prop_assert!(!valid.name.is_empty());
            }
        }
    }
}
