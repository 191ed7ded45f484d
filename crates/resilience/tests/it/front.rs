//! Stories of calls, in paused time.

use std::{
    cell::Cell,
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    time::Duration,
};

use resilience::{
    CallError, Config, Dependency, Outcome,
    breaker::{Kind, Mode},
    retry,
};
use tokio::time::{Instant, advance, sleep};
use units::HumanDuration;

#[derive(Debug, PartialEq)]
enum Answer {
    Broken,
    Busy,
    Wrong,
}

fn classify(result: &Result<u32, Answer>) -> Outcome {
    match result {
        Ok(_) => Outcome::Success,
        Err(Answer::Broken) => Outcome::Failure { retry_after: None },
        Err(Answer::Busy) => Outcome::Retryable { retry_after: None },
        Err(Answer::Wrong) => Outcome::ClientError,
    }
}

async fn ask(dependency: &Dependency, answer: Result<u32, Answer>) -> Result<u32, CallError<Answer>> {
    let answer = Cell::new(Some(answer));
    dependency
        .call(
            || {
                let answer = answer.take().expect("one attempt");
                async { answer }
            },
            classify,
        )
        .await
}

async fn fail(dependency: &Dependency, times: u32) {
    for _ in 0..times {
        assert!(matches!(
            ask(dependency, Err(Answer::Broken)).await,
            Err(CallError::Failed(Answer::Broken))
        ));
    }
}

/// Exact open times.
fn steady() -> Config {
    Config {
        open_jitter_percent: 0,
        ..Config::default()
    }
}

#[tokio::test(start_paused = true)]
async fn the_simple_form_opens_after_five_failures_for_a_minute() {
    let stripe = Dependency::new("front_simple", Config::consecutive(5, HumanDuration::from_secs(60)));
    fail(&stripe, 4).await;
    assert_eq!(ask(&stripe, Ok(1)).await.expect("closed"), 1);
    fail(&stripe, 4).await;
    assert_eq!(
        stripe.status().state,
        Kind::Closed,
        "a success in between begins the count anew"
    );
    fail(&stripe, 1).await;

    let Err(CallError::Open { retry_after }) = ask(&stripe, Ok(1)).await else {
        panic!("it is open")
    };
    assert_eq!(retry_after, Duration::from_secs(60));
    advance(Duration::from_millis(59_999)).await;
    assert!(matches!(ask(&stripe, Ok(1)).await, Err(CallError::Open { .. })));
    advance(Duration::from_millis(1)).await;
    assert_eq!(ask(&stripe, Ok(2)).await.expect("a probe"), 2);
    assert_eq!(stripe.status().state, Kind::Closed);
}

#[tokio::test(start_paused = true)]
async fn half_of_twenty_calls_failing_opens_and_four_of_five_probes_close() {
    let stripe = Dependency::new("front_share", steady());
    for _ in 0..9 {
        assert!(ask(&stripe, Ok(1)).await.is_ok());
        fail(&stripe, 1).await;
    }
    assert!(ask(&stripe, Ok(1)).await.is_ok());
    assert_eq!(stripe.status().state, Kind::Closed, "19 calls are too few to tell");
    fail(&stripe, 1).await;
    assert_eq!(stripe.status().state, Kind::Open);

    advance(Duration::from_secs(5)).await;
    for probe in 0..4 {
        assert_eq!(ask(&stripe, Ok(probe)).await.expect("a probe"), probe);
    }
    assert_eq!(stripe.status().state, Kind::Closed);
}

#[tokio::test(start_paused = true)]
async fn old_failures_leave_the_window() {
    let stripe = Dependency::new("front_window", steady());
    for _ in 0..4 {
        for _ in 0..3 {
            fail(&stripe, 4).await;
            assert!(ask(&stripe, Ok(1)).await.is_ok());
        }
        advance(Duration::from_secs(31)).await;
    }
    assert_eq!(stripe.status().state, Kind::Closed, "never 20 calls within 30 s");
}

#[tokio::test(start_paused = true)]
async fn a_success_of_long_ago_still_ends_a_row_of_failures() {
    let stripe = Dependency::new("front_long_ago", steady());
    fail(&stripe, 4).await;
    assert!(ask(&stripe, Ok(1)).await.is_ok());
    advance(Duration::from_secs(3_600)).await;
    fail(&stripe, 4).await;
    assert_eq!(stripe.status().state, Kind::Closed);
    fail(&stripe, 1).await;
    assert_eq!(stripe.status().state, Kind::Open);
}

#[tokio::test(start_paused = true)]
async fn failing_probes_double_the_open_time() {
    let stripe = Dependency::new("front_doubling", steady());
    fail(&stripe, 5).await;
    for seconds in [5, 10, 20, 40, 80, 160, 300, 300] {
        assert_eq!(stripe.status().retry_after, Duration::from_secs(seconds));
        advance(Duration::from_secs(seconds)).await;
        fail(&stripe, 2).await;
        assert_eq!(stripe.status().state, Kind::Open);
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_keeps_the_breaker_open_at_least_that_long() {
    let stripe = Dependency::new("front_retry_after", steady());
    for _ in 0..5 {
        let refused = || async { Err::<u32, _>(Answer::Broken) };
        let asked = Outcome::Failure {
            retry_after: Some(Duration::from_secs(42)),
        };
        assert!(stripe.call(refused, |_| asked).await.is_err());
    }
    assert_eq!(stripe.status().retry_after, Duration::from_secs(42));
}

#[tokio::test(start_paused = true)]
async fn slow_answers_count_as_bad() {
    let stripe = Dependency::new("front_slow", steady());
    for _ in 0..20 {
        let slow = || async {
            sleep(Duration::from_millis(1_001)).await;
            Ok::<_, Answer>(1)
        };
        stripe.call(slow, classify).await.expect("slow, but an answer");
    }
    assert_eq!(stripe.status().state, Kind::Open);
}

#[tokio::test(start_paused = true)]
async fn client_errors_open_nothing() {
    let stripe = Dependency::new("front_client_errors", Config::default());
    for _ in 0..100 {
        assert!(matches!(
            ask(&stripe, Err(Answer::Wrong)).await,
            Err(CallError::Failed(Answer::Wrong))
        ));
    }
    assert_eq!(stripe.status().state, Kind::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_call_without_an_answer_ends_at_its_deadline_and_counts() {
    let stripe = Dependency::new(
        "front_deadline",
        Config {
            timeout: HumanDuration::from_secs(3),
            ..steady()
        },
    );
    for _ in 0..5 {
        let began = Instant::now();
        let error = stripe
            .call(std::future::pending::<Result<u32, Answer>>, classify)
            .await
            .expect_err("no answer");
        assert_eq!(began.elapsed(), Duration::from_secs(3));
        let CallError::TimedOut(timed_out) = error else {
            panic!("{error:?}")
        };
        assert_eq!(timed_out.to_string(), "front_deadline did not answer within 3000 ms");
    }
    assert_eq!(stripe.status().state, Kind::Open);
}

#[tokio::test(start_paused = true)]
async fn a_full_bulkhead_refuses_at_once_and_calls_given_up_free_their_place() {
    let stripe = Dependency::new(
        "front_bulkhead",
        Config {
            max_concurrent: 2,
            ..Config::default()
        },
    );
    let waiting: Vec<_> = (0..2)
        .map(|_| {
            let stripe = stripe.clone();
            // Also holds that a call may go to another thread.
            tokio::spawn(async move { stripe.call(std::future::pending::<Result<u32, Answer>>, classify).await })
        })
        .collect();
    tokio::task::yield_now().await;
    assert_eq!(stripe.status().in_flight, 2);
    let error = ask(&stripe, Ok(1)).await.expect_err("full");
    assert!(matches!(error, CallError::Full));
    for call in waiting {
        call.abort();
        assert!(call.await.expect_err("given up").is_cancelled());
    }
    assert_eq!(ask(&stripe, Ok(1)).await.expect("free again"), 1);
    assert_eq!(stripe.status().state, Kind::Closed);
}

fn retrying(attempts: u32, budget_reserve: u32) -> Config {
    Config {
        retry: retry::Config {
            attempts,
            budget_reserve,
            ..retry::Config::default()
        },
        consecutive_failures: 0,
        failure_percent: 0,
        ..Config::default()
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_told_retryable_is_tried_again() {
    let stripe = Dependency::new("front_retry", retrying(3, 10));
    let attempts = AtomicU32::new(0);
    let busy_twice = || async {
        match attempts.fetch_add(1, Relaxed) {
            0 | 1 => Err(Answer::Busy),
            n => Ok(n),
        }
    };
    assert_eq!(stripe.call(busy_twice, classify).await.expect("the third works"), 2);

    attempts.store(0, Relaxed);
    let broken = || async {
        attempts.fetch_add(1, Relaxed);
        Err::<u32, _>(Answer::Broken)
    };
    assert!(stripe.call(broken, classify).await.is_err());
    assert_eq!(attempts.load(Relaxed), 1, "a plain failure is not tried again");
}

#[tokio::test(start_paused = true)]
async fn retries_end_with_the_attempts_and_with_the_budget() {
    let stripe = Dependency::new("front_budget", retrying(4, 10));
    let attempts = AtomicU32::new(0);
    let busy = || async {
        attempts.fetch_add(1, Relaxed);
        Err::<u32, _>(Answer::Busy)
    };
    assert!(matches!(
        stripe.call(busy, classify).await,
        Err(CallError::Failed(Answer::Busy))
    ));
    assert_eq!(attempts.swap(0, Relaxed), 4);
    for _ in 0..100 {
        assert!(stripe.call(busy, classify).await.is_err());
    }
    let retries = attempts.load(Relaxed) - 100;
    assert!(
        (20..=30).contains(&retries),
        "a fifth of the calls and what was saved up, not {retries}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_breaker_that_opens_between_attempts_ends_them() {
    let stripe = Dependency::new(
        "front_retry_open",
        Config {
            consecutive_failures: 2,
            ..retrying(10, 10)
        },
    );
    let attempts = AtomicU32::new(0);
    let busy = || async {
        attempts.fetch_add(1, Relaxed);
        Err::<u32, _>(Answer::Busy)
    };
    assert!(matches!(
        stripe.call(busy, classify).await,
        Err(CallError::Failed(Answer::Busy))
    ));
    assert_eq!(attempts.load(Relaxed), 2);
    assert!(matches!(stripe.call(busy, classify).await, Err(CallError::Open { .. })));
}

#[tokio::test(start_paused = true)]
async fn an_operator_forces_for_a_while() {
    let stripe = Dependency::new("front_forced", steady());
    stripe.force(Mode::Open, Duration::from_secs(30));
    assert_eq!(stripe.status().state, Kind::ForcedOpen);
    let Err(CallError::Open { retry_after }) = ask(&stripe, Ok(1)).await else {
        panic!("it is forced open")
    };
    assert_eq!(retry_after, Duration::from_secs(30));
    advance(Duration::from_secs(30)).await;
    assert_eq!(stripe.status().state, Kind::Closed);

    stripe.force(Mode::Closed, Duration::from_secs(30));
    fail(&stripe, 50).await;
    assert_eq!(stripe.status().state, Kind::ForcedClosed);
    stripe.release();
    assert_eq!(stripe.status().state, Kind::Closed);

    stripe.force(Mode::MetricsOnly, Duration::from_secs(30));
    fail(&stripe, 50).await;
    assert_eq!(stripe.status().state, Kind::MetricsOnly);
    stripe.release();
    assert_eq!(stripe.status().state, Kind::Open, "what it showed is now in force");
}
