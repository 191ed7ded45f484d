//! The way past the lock counts the same as the machine.

use resilience::{
    Config,
    breaker::{Breaker, Kind, Verdict},
};

#[test]
fn successes_of_many_threads_are_all_in_the_share() {
    // 16,000 successes: 8,000 failures are not half of all, the rest of them are.
    let config = Config {
        consecutive_failures: 0,
        window: "1h".parse().expect("a duration"),
        ..Config::default()
    };
    let breaker = Breaker::new("parallel_share", config.breaker());
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for _ in 0..1_000 {
                    breaker.ask().expect("closed").finish(Verdict::Passed);
                }
            });
        }
    });
    let fail = || {
        breaker
            .ask()
            .expect("closed")
            .finish(Verdict::Failed { retry_after: None })
    };
    for _ in 0..15_999 {
        fail();
    }
    assert_eq!(breaker.kind(), Kind::Closed);
    fail();
    assert_eq!(breaker.kind(), Kind::Open);
}

#[test]
fn one_success_among_failures_of_many_threads_is_not_lost() {
    let config = Config {
        failure_percent: 0,
        ..Config::default()
    };
    let breaker = Breaker::new("parallel_row", config.breaker());
    for _ in 0..1_000 {
        for _ in 0..4 {
            breaker
                .ask()
                .expect("closed")
                .finish(Verdict::Failed { retry_after: None });
        }
        std::thread::scope(|scope| {
            scope.spawn(|| breaker.ask().expect("closed").finish(Verdict::Passed));
        });
    }
    assert_eq!(breaker.kind(), Kind::Closed);
}

#[test]
fn a_call_begun_before_the_breaker_opened_does_not_close_it() {
    let config = Config {
        consecutive_failures: 1,
        ..Config::default()
    };
    let breaker = Breaker::new("parallel_late", config.breaker());
    let late = breaker.ask().expect("closed");
    breaker
        .ask()
        .expect("closed")
        .finish(Verdict::Failed { retry_after: None });
    late.finish(Verdict::Passed);
    assert_eq!(breaker.kind(), Kind::Open);
    assert!(breaker.ask().is_err());
}
