//! Accounts as people and programs live them, over a real database: registering and logging in; the rest in the files below.

mod sessions;
mod tokens;

use futures_util::future::join_all;

use super::*;
use crate::clock::Clock;
use crate::db::Sql;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const DAY: i64 = 24 * 60 * MINUTE;
/// 2026-01-01T00:00:00Z
const START: i64 = 1_767_225_600_000;

/// A marketplace of its own, gone with the test.
pub(crate) struct Shop {
    app: App,
    place: Place,
}

impl std::ops::Deref for Shop {
    type Target = App;
    fn deref(&self) -> &App {
        &self.app
    }
}

impl Shop {
    pub(crate) async fn open() -> Self {
        let place = Place::new().await;
        let app = place.open(true, |_| {}).await;
        Self { app, place }
    }
}

/// Where a marketplace keeps its things; every process of it opens the same ones.
struct Place {
    database: testkit::Database,
    dir: tempfile::TempDir,
}

impl Place {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let database = testkit::Database::create(dir.path()).await;
        Self { database, dir }
    }

    async fn open(&self, signs: bool, change: impl FnOnce(&mut crate::Config)) -> App {
        let mut config = crate::Config {
            secrets_dir: self.dir.path().join("secrets"),
            ..Default::default()
        };
        config.database.url = self.database.url().into();
        change(&mut config);
        App::open(config, Clock::manual(START), signs).await.unwrap()
    }
}

fn ana() -> NewAccount {
    NewAccount {
        name: "Ana Rangel".into(),
        email: "Ana@Example.com".into(),
        password: "TestPassword123!".into(),
        role: "comprador".into(),
    }
}

fn credentials(password: &str) -> Credentials {
    Credentials {
        email: "ana@example.com".into(),
        password: password.into(),
    }
}

fn from(ip: &str) -> Device {
    Device {
        user_agent: "Firefox".into(),
        ip: Some(ip.parse().unwrap()),
    }
}

fn here() -> Device {
    from("127.0.0.1")
}

async fn identity(app: &App, signed_in: &SignedIn) -> Identity {
    authenticate_bearer(app, &signed_in.access_token).await.unwrap()
}

#[tokio::test]
async fn registering_signs_in_and_the_password_works_from_then_on() {
    let shop = Shop::open().await;
    let registered = register(&shop, ana(), here()).await.unwrap();
    assert_eq!(
        (registered.user.email.as_str(), registered.user.role),
        ("ana@example.com", Role::Comprador)
    );
    let identity = identity(&shop, &registered).await;
    assert_eq!((identity.user_id, identity.role), (registered.user.id, Role::Comprador));

    let again = login(&shop, credentials("TestPassword123!"), here()).await.unwrap();
    assert_eq!(again.user, registered.user);
    let wrong = login(&shop, credentials("testpassword123!"), here()).await;
    assert!(matches!(wrong, Err(LoginError::WrongCredentials)), "{wrong:?}");
}

#[tokio::test]
async fn one_e_mail_is_one_account_also_when_two_register_at_once() {
    let shop = Shop::open().await;
    let both = tokio::join!(register(&shop, ana(), here()), register(&shop, ana(), here()));
    let taken = [&both.0, &both.1]
        .into_iter()
        .filter(|r| matches!(r, Err(RegisterError::EmailTaken)))
        .count();
    assert_eq!((taken, both.0.is_ok() || both.1.is_ok()), (1, true), "{both:?}");
    let other_case = NewAccount {
        email: " ANA@example.COM".into(),
        ..ana()
    };
    assert!(matches!(
        register(&shop, other_case, here()).await,
        Err(RegisterError::EmailTaken)
    ));
}

#[tokio::test]
async fn a_registration_that_breaks_rules_changes_nothing() {
    let shop = Shop::open().await;
    let refused = register(
        &shop,
        NewAccount {
            role: "admin".into(),
            ..ana()
        },
        here(),
    )
    .await;
    assert!(matches!(refused, Err(RegisterError::Invalid(_))), "{refused:?}");
    assert!(matches!(
        login(&shop, credentials("TestPassword123!"), here()).await,
        Err(LoginError::WrongCredentials)
    ));
}

#[tokio::test]
async fn nothing_in_the_database_can_be_used_to_sign_in() {
    let shop = Shop::open().await;
    let api = register(&shop, ana(), here()).await.unwrap();
    let web = login_web(&shop, credentials("TestPassword123!"), here(), None)
        .await
        .unwrap();
    let everything = dump(&shop).await;
    assert!(everything.contains("ana@example.com"), "the rows are in what was read");
    for secret in [
        api.refresh_token.reveal(),
        web.token.reveal(),
        &api.access_token,
        "TestPassword123!",
    ] {
        assert!(!everything.contains(secret));
    }
}

/// Every row of every table.
async fn dump(shop: &Shop) -> String {
    let tables = Sql::each(
        "tables",
        "SELECT name FROM sqlite_master WHERE type = 'table'",
        "SELECT CAST(table_name AS CHAR) AS name FROM information_schema.tables WHERE table_schema = DATABASE()",
    );
    let db = shop.db().read();
    let mut rows: Vec<serde_json::Value> = Vec::new();
    for table in tables.all::<serde_json::Value>(db, Vec::new()).await.unwrap() {
        let all = format!("SELECT * FROM {}", table["name"].as_str().unwrap());
        rows.extend(Sql::assembled("dump", all).all(db, Vec::new()).await.unwrap());
    }
    serde_json::to_string(&rows).unwrap()
}

#[tokio::test]
async fn failures_are_throttled_and_successes_never() {
    let shop = Shop::open().await;
    register(&shop, ana(), here()).await.unwrap();
    for _ in 0..500 {
        login(&shop, credentials("TestPassword123!"), here()).await.unwrap();
    }
    for _ in 0..10 {
        let wrong = login(&shop, credentials("not the password"), here()).await;
        assert!(matches!(wrong, Err(LoginError::WrongCredentials)), "{wrong:?}");
    }
    let refused = login(&shop, credentials("TestPassword123!"), here()).await;
    assert!(
        matches!(refused, Err(LoginError::Throttled { retry_after }) if retry_after.as_secs() == 60),
        "guessing stops, even with the right guess: {refused:?}"
    );
    login(&shop, credentials("TestPassword123!"), from("10.0.0.9"))
        .await
        .expect("the owner elsewhere gets in");
    shop.clock().advance_ms(MINUTE);
    login(&shop, credentials("TestPassword123!"), here())
        .await
        .expect("and here after the wait");
}

#[tokio::test]
async fn an_account_that_does_not_exist_is_throttled_like_one_that_does() {
    let shop = Shop::open().await;
    for _ in 0..10 {
        let wrong = login(&shop, credentials("not the password"), here()).await;
        assert!(matches!(wrong, Err(LoginError::WrongCredentials)), "{wrong:?}");
    }
    assert!(matches!(
        login(&shop, credentials("not the password"), here()).await,
        Err(LoginError::Throttled { .. })
    ));
}

#[tokio::test]
async fn guesses_sent_all_at_once_do_not_get_in_before_the_count() {
    let shop = Shop::open().await;
    register(&shop, ana(), here()).await.unwrap();
    let guesses = (0..60).map(|n| login(&shop, credentials(&format!("guess number {n}")), here()));
    let answers = join_all(guesses).await;
    let tried = answers
        .iter()
        .filter(|answer| matches!(answer, Err(LoginError::WrongCredentials)))
        .count();
    let cores = std::thread::available_parallelism().unwrap().get();
    assert!((10..10 + cores).contains(&tried), "{tried} were tried on {cores} cores");
}
