//! Sessions: refreshing, sliding, ending.

use super::*;

#[tokio::test]
async fn a_refresh_token_is_good_once_and_the_new_pair_works() {
    let shop = Shop::open().await;
    let first = register(&shop, ana(), here()).await.unwrap();
    let second = refresh(&shop, first.refresh_token.reveal()).await.unwrap();
    assert_ne!(first.refresh_token, second.refresh_token);
    assert_eq!(
        identity(&shop, &first).await,
        identity(&shop, &second).await,
        "the same session goes on"
    );
    refresh(&shop, second.refresh_token.reveal()).await.unwrap();
}

#[tokio::test]
async fn an_old_refresh_token_that_comes_back_ends_the_whole_session() {
    let shop = Shop::open().await;
    let first = register(&shop, ana(), here()).await.unwrap();
    let other_device = login(&shop, credentials("TestPassword123!"), here()).await.unwrap();
    let second = refresh(&shop, first.refresh_token.reveal()).await.unwrap();
    let reused = refresh(&shop, first.refresh_token.reveal()).await;
    assert!(matches!(reused, Err(RefreshError::Reused)), "{reused:?}");
    let newest = refresh(&shop, second.refresh_token.reveal()).await;
    assert!(
        matches!(newest, Err(RefreshError::Invalid)),
        "the newest is dead too: {newest:?}"
    );
    let me = identity(&shop, &second).await;
    assert!(matches!(current_user(&shop, &me).await, Err(SessionError::Ended)));
    refresh(&shop, other_device.refresh_token.reveal())
        .await
        .expect("other devices stay signed in");
}

#[tokio::test]
async fn of_many_refreshes_at_once_one_wins_and_the_session_ends() {
    let shop = Shop::open().await;
    let first = register(&shop, ana(), here()).await.unwrap();
    let answers = join_all((0..8).map(|_| refresh(&shop, first.refresh_token.reveal()))).await;
    let winners: Vec<&SignedIn> = answers.iter().filter_map(|answer| answer.as_ref().ok()).collect();
    assert_eq!(winners.len(), 1);
    let after = refresh(&shop, winners[0].refresh_token.reveal()).await;
    assert!(matches!(after, Err(RefreshError::Invalid)), "{after:?}");
}

#[tokio::test]
async fn refresh_tokens_expire_thirty_days_after_their_last_rotation() {
    let shop = Shop::open().await;
    let mut newest = register(&shop, ana(), here()).await.unwrap();
    for _ in 0..3 {
        shop.clock().advance_ms(29 * DAY);
        newest = refresh(&shop, newest.refresh_token.reveal()).await.unwrap();
    }
    shop.clock().advance_ms(30 * DAY);
    assert!(matches!(
        refresh(&shop, newest.refresh_token.reveal()).await,
        Err(RefreshError::Invalid)
    ));
    for rubbish in ["", "x", newest.access_token.as_str(), OpaqueToken::issue().reveal()] {
        assert!(matches!(refresh(&shop, rubbish).await, Err(RefreshError::Invalid)));
    }
}

#[tokio::test]
async fn logging_out_ends_the_session_and_may_be_repeated() {
    let shop = Shop::open().await;
    let api = register(&shop, ana(), here()).await.unwrap();
    let web = login_web(&shop, credentials("TestPassword123!"), here(), None)
        .await
        .unwrap();
    logout(&shop, web.token.reveal()).await.unwrap();
    assert_eq!(authenticate_web(&shop, &web.token).await.unwrap(), None);
    for _ in 0..2 {
        logout(&shop, api.refresh_token.reveal()).await.unwrap();
    }
    assert!(matches!(
        refresh(&shop, api.refresh_token.reveal()).await,
        Err(RefreshError::Invalid)
    ));
    logout(&shop, "rubbish").await.unwrap();
}

#[tokio::test]
async fn a_page_session_slides_and_is_written_to_once_a_minute() {
    let shop = Shop::open().await;
    let web = register_web(&shop, ana(), here()).await.unwrap();
    let me = authenticate_web(&shop, &web.token).await.unwrap().unwrap();
    assert_eq!((me.name.as_str(), me.identity.user_id), ("Ana Rangel", web.user.id));
    let seen = async || sessions(&shop, &me.identity).await.unwrap()[0].last_seen_at;

    shop.clock().advance_ms(MINUTE - 1);
    authenticate_web(&shop, &web.token).await.unwrap().unwrap();
    assert_eq!(seen().await, START);
    shop.clock().advance_ms(1);
    authenticate_web(&shop, &web.token).await.unwrap().unwrap();
    assert_eq!(seen().await, START + MINUTE);

    for _ in 0..3 {
        shop.clock().advance_ms(29 * DAY);
        assert!(
            authenticate_web(&shop, &web.token).await.unwrap().is_some(),
            "it slides"
        );
    }
    shop.clock().advance_ms(30 * DAY);
    assert_eq!(authenticate_web(&shop, &web.token).await.unwrap(), None);
}

#[tokio::test]
async fn signing_in_again_ends_the_browsers_session_before() {
    let shop = Shop::open().await;
    let first = register_web(&shop, ana(), here()).await.unwrap();
    let second = login_web(&shop, credentials("TestPassword123!"), here(), Some(&first.token))
        .await
        .unwrap();
    assert_ne!(first.token, second.token);
    assert_eq!(authenticate_web(&shop, &first.token).await.unwrap(), None);
    assert!(authenticate_web(&shop, &second.token).await.unwrap().is_some());
    let failed = login_web(&shop, credentials("not the password"), here(), Some(&second.token)).await;
    assert!(
        failed.is_err() && authenticate_web(&shop, &second.token).await.unwrap().is_some(),
        "a failed login changes nothing"
    );
}

#[tokio::test]
async fn people_see_their_devices_and_end_the_lost_one() {
    let shop = Shop::open().await;
    let phone = register_web(&shop, ana(), from("10.0.0.1")).await.unwrap();
    let laptop = login(&shop, credentials("TestPassword123!"), from("10.0.0.2"))
        .await
        .unwrap();
    let me = identity(&shop, &laptop).await;
    let list = sessions(&shop, &me).await.unwrap();
    let shown: Vec<_> = list
        .iter()
        .map(|s| (s.kind.as_str(), s.ip.as_str(), s.current))
        .collect();
    assert_eq!(shown, [("api", "10.0.0.2", true), ("web", "10.0.0.1", false)]);

    end_session(&shop, &me, phone.session_id).await.unwrap();
    assert_eq!(authenticate_web(&shop, &phone.token).await.unwrap(), None);
    assert!(matches!(
        end_session(&shop, &me, phone.session_id).await,
        Err(SessionError::NotFound)
    ));
    end_session(&shop, &me, me.session_id).await.unwrap();
    assert!(
        matches!(sessions(&shop, &me).await, Err(SessionError::Ended)),
        "and a token that outlives its session sees nothing"
    );
}

#[tokio::test]
async fn nobody_ends_anothers_session() {
    let shop = Shop::open().await;
    let ana_web = register_web(&shop, ana(), here()).await.unwrap();
    let beto = register(
        &shop,
        NewAccount {
            email: "beto@example.com".into(),
            ..ana()
        },
        here(),
    )
    .await
    .unwrap();
    let beto = identity(&shop, &beto).await;
    assert!(matches!(
        end_session(&shop, &beto, ana_web.session_id).await,
        Err(SessionError::NotFound)
    ));
    assert!(authenticate_web(&shop, &ana_web.token).await.unwrap().is_some());
    assert_eq!(sessions(&shop, &beto).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_has_expired_is_swept_away_and_the_rest_stays() {
    let shop = Shop::open().await;
    let stop = tokio_util::sync::CancellationToken::new();
    for _ in 0..3 {
        register_or_log_in(&shop).await;
    }
    let web = login_web(&shop, credentials("TestPassword123!"), here(), None)
        .await
        .unwrap();
    let mut kept = login(&shop, credentials("TestPassword123!"), here()).await.unwrap();
    assert_eq!(sweep::sweep(&shop, &stop).await.unwrap(), 0);

    shop.clock().advance_ms(29 * DAY);
    authenticate_web(&shop, &web.token).await.unwrap().unwrap();
    kept = refresh(&shop, kept.refresh_token.reveal()).await.unwrap();
    shop.clock().advance_ms(DAY);
    assert_eq!(
        sweep::sweep(&shop, &stop).await.unwrap(),
        3 + 3 + 1,
        "three sessions with their tokens, one rotated token"
    );
    assert!(authenticate_web(&shop, &web.token).await.unwrap().is_some());
    refresh(&shop, kept.refresh_token.reveal()).await.unwrap();
}

async fn register_or_log_in(app: &App) {
    if register(app, ana(), here()).await.is_err() {
        login(app, credentials("TestPassword123!"), here()).await.unwrap();
    }
}
