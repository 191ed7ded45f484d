//! What a scrape shows.

use resilience::{CallError, Config, Dependency, Outcome};

#[tokio::test(start_paused = true)]
async fn state_calls_and_transitions_are_shown() {
    let stripe = Dependency::new("metrics_stripe", Config::default());
    let twin = Dependency::new("metrics_stripe", Config::default());
    let ok = || async { Ok::<_, ()>(()) };
    let broken = || async { Err::<(), _>(()) };
    let classify = |result: &Result<(), ()>| match result {
        Ok(()) => Outcome::Success,
        Err(()) => Outcome::Failure { retry_after: None },
    };
    stripe.call(ok, classify).await.expect("closed");
    twin.call(ok, classify).await.expect("closed");
    for _ in 0..5 {
        assert!(matches!(
            stripe.call(broken, classify).await,
            Err(CallError::Failed(()))
        ));
    }
    assert!(matches!(stripe.call(ok, classify).await, Err(CallError::Open { .. })));

    let (_, text) = telemetry::metrics::render(None);
    for line in [
        "# TYPE circuit_breaker_state gauge",
        "circuit_breaker_state{dependency=\"metrics_stripe\"} 2",
        "# TYPE circuit_breaker_calls_total counter",
        "circuit_breaker_calls_total{dependency=\"metrics_stripe\",outcome=\"success\"} 2",
        "circuit_breaker_calls_total{dependency=\"metrics_stripe\",outcome=\"failure\"} 5",
        "circuit_breaker_calls_total{dependency=\"metrics_stripe\",outcome=\"refused_open\"} 1",
        "circuit_breaker_calls_total{dependency=\"metrics_stripe\",outcome=\"timed_out\"} 0",
        "# TYPE circuit_breaker_transitions_total counter",
        "circuit_breaker_transitions_total{dependency=\"metrics_stripe\",from=\"closed\",to=\"open\"} 1",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in {text}");
    }
}
