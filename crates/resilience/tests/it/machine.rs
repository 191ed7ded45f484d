//! Properties of the pure state machine.

use std::time::Duration;

use proptest::{collection::vec, prelude::*};
use resilience::breaker::{
    BUCKETS, Kind, Mode, Settings, Verdict, Window,
    state::{Answer, Event, Phase, State, next},
};

/// What happens, in the words of a caller: calls are taken by their place among those under way.
#[derive(Clone, Debug)]
enum Step {
    Wait(u64),
    Ask,
    Finish(usize, Verdict),
    Force(Mode, u64),
    Release,
}

fn verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        4 => Just(Verdict::Passed),
        1 => Just(Verdict::Slow),
        4 => Just(Verdict::Failed { retry_after: None }),
        1 => (0..400_u64).prop_map(|s| Verdict::Failed { retry_after: Some(Duration::from_secs(s)) }),
        1 => Just(Verdict::Ignored),
    ]
}

fn step(forcing: bool) -> impl Strategy<Value = Step> {
    let mode = prop_oneof![Just(Mode::Open), Just(Mode::Closed), Just(Mode::MetricsOnly)];
    let weight = u32::from(forcing);
    prop_oneof![
        3 => (0..8_000_u64).prop_map(Step::Wait),
        8 => Just(Step::Ask),
        8 => (any::<usize>(), verdict()).prop_map(|(call, verdict)| Step::Finish(call, verdict)),
        weight => (mode, 0..60_000_u64).prop_map(|(mode, ms)| Step::Force(mode, ms)),
        weight => Just(Step::Release),
    ]
}

fn settings() -> impl Strategy<Value = Settings> {
    (
        1..40_u32,
        prop::option::of(1..=100_u32),
        prop::option::of(1..10_u32),
        1..8_u32,
        0..=100_u32,
    )
        .prop_map(
            |(minimum_calls, percent, consecutive_failures, probes, close)| Settings {
                window: Duration::from_secs(30),
                minimum_calls,
                failure_share: percent.map(|percent| f64::from(percent) / 100.0),
                consecutive_failures,
                open: Duration::from_secs(5),
                open_max: Duration::from_secs(300),
                open_jitter: 0.2,
                probes,
                probe_deadline: Duration::from_secs(10),
                close_share: f64::from(close) / 100.0,
            },
        )
}

/// A machine with a clock and the calls under way.
struct Run {
    settings: Settings,
    state: State,
    now: Duration,
    under_way: Vec<(u64, bool)>,
}

impl Run {
    fn new(settings: Settings) -> Self {
        Self {
            settings,
            state: State::default(),
            now: Duration::ZERO,
            under_way: Vec::new(),
        }
    }

    fn event(&mut self, event: Event, chance: f64) -> Answer {
        let (state, answer) = next(&self.settings, self.state.clone(), event, self.now, chance);
        self.state = state;
        if let Answer::Admitted { generation, probe } = answer {
            self.under_way.push((generation, probe));
        }
        answer
    }

    /// `None` when the step could not be taken.
    fn step(&mut self, step: &Step, chance: f64) -> Option<(Event, Answer)> {
        let event = match *step {
            Step::Wait(ms) => {
                self.now += Duration::from_millis(ms);
                Event::Tick
            }
            Step::Ask => Event::Ask,
            Step::Finish(..) if self.under_way.is_empty() => return None,
            Step::Finish(call, verdict) => {
                let (generation, _) = self.under_way.swap_remove(call % self.under_way.len());
                Event::Finished { generation, verdict }
            }
            Step::Force(mode, ms) => Event::Force {
                mode,
                until: self.now + Duration::from_millis(ms),
            },
            Step::Release => Event::Release,
        };
        Some((event, self.event(event, chance)))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever happened before: open refuses and says how long, half-open lets no more than its probes through, forced is forced, and
    /// a late answer changes nothing.
    #[test]
    fn admission_follows_the_state(settings in settings(), steps in vec((step(true), 0.0..=1.0_f64), 0..400)) {
        let mut run = Run::new(settings);
        for (step, chance) in steps {
            let Some((event, answer)) = run.step(&step, chance) else { continue };
            let state = &run.state;
            match (event, answer) {
                (Event::Ask, Answer::Refused { retry_after }) => {
                    prop_assert!(retry_after <= run.settings.open_max.max(Duration::from_secs(60)));
                    let forced = matches!(state.forced, Some((Mode::Open, _)));
                    let by_itself = state.forced.is_none() && state.phase.kind() != Kind::Closed;
                    prop_assert!(forced || by_itself);
                }
                (Event::Ask, Answer::Admitted { generation, probe }) => {
                    prop_assert!(!matches!(state.forced, Some((Mode::Open, _))));
                    prop_assert!(state.forced.is_some() || state.phase.kind() != Kind::Open);
                    prop_assert!(generation == 0 || generation == state.generation);
                    prop_assert_eq!(probe, generation != 0 && state.phase.kind() == Kind::HalfOpen);
                    prop_assert!(generation != 0 || state.forced.is_some());
                }
                (Event::Ask, Answer::Noted) => prop_assert!(false, "a question is answered"),
                (_, answer) => prop_assert_eq!(answer, Answer::Noted),
            }
            if let Phase::HalfOpen { started, passed, failed, .. } = state.phase {
                prop_assert!(started <= run.settings.probes);
                prop_assert!(passed + failed <= started);
                prop_assert!(passed < run.settings.probes_needed());
                let probes_out =
                    run.under_way.iter().filter(|(generation, probe)| *probe && *generation == state.generation).count();
                prop_assert!(probes_out <= run.settings.probes as usize);
            }
            if let Some((_, until)) = state.forced {
                let just_now = matches!(event, Event::Force { .. });
                prop_assert!(until > run.now || just_now);
            }
        }
    }

    /// Answers to calls admitted before the last change of phase are not counted.
    #[test]
    fn late_answers_change_nothing(settings in settings(), steps in vec((step(true), 0.0..=1.0_f64), 0..200), late in verdict()) {
        let mut run = Run::new(settings);
        for (step, chance) in steps {
            run.step(&step, chance);
        }
        run.event(Event::Tick, 0.5);
        for generation in [0, run.state.generation - 1] {
            let before = run.state.clone();
            run.event(Event::Finished { generation, verdict: late }, 0.5);
            prop_assert_eq!(&run.state, &before);
        }
    }

    /// Closed opens exactly when a list of all calls says so.
    #[test]
    fn closed_opens_when_a_plain_list_of_calls_says_so(
        settings in settings(),
        calls in vec((0..3_000_u64, verdict()), 1..200),
    ) {
        let mut run = Run::new(settings);
        let mut list: Vec<(u64, bool)> = Vec::new();
        let mut in_a_row = 0;
        for (pause, verdict) in calls {
            run.now += Duration::from_millis(pause);
            let Answer::Admitted { generation, .. } = run.event(Event::Ask, 0.5) else { break };
            run.event(Event::Finished { generation, verdict }, 0.5);

            let bucket = run.now.as_millis() as u64 / 3_000;
            match verdict {
                Verdict::Passed | Verdict::Slow => in_a_row = 0,
                Verdict::Failed { .. } => in_a_row += 1,
                Verdict::Ignored => {}
            }
            if verdict != Verdict::Ignored {
                list.push((bucket, verdict != Verdict::Passed));
            }
            let recent: Vec<bool> =
                list.iter().filter(|(b, _)| b + BUCKETS as u64 > bucket).map(|(_, bad)| *bad).collect();
            let bad = recent.iter().filter(|bad| **bad).count() as f64;
            let by_share = run.settings.failure_share.is_some_and(|share| {
                recent.len() >= run.settings.minimum_calls as usize && bad >= share * recent.len() as f64
            });
            let by_row = run.settings.consecutive_failures.is_some_and(|limit| in_a_row >= limit);
            let counts_as_bad = !matches!(verdict, Verdict::Passed | Verdict::Ignored);
            let opened = matches!(run.state.phase, Phase::Open { .. });
            prop_assert_eq!(opened, counts_as_bad && (by_share || by_row));
            if opened {
                break;
            }
        }
    }

    /// The open time doubles with each failed round of probes up to its bound, within its jitter, and never ends before the time the
    /// dependency asked for.
    #[test]
    fn the_open_time_doubles_within_bounds(rounds in vec((0.0..=1.0_f64, prop::option::of(0..1_000_u64)), 1..12)) {
        let settings = resilience::Config::default().breaker();
        let mut run = Run::new(settings.clone());
        for (round, (chance, retry_after)) in rounds.into_iter().enumerate() {
            let retry_after = retry_after.map(Duration::from_secs);
            // Closed: five in a row. Half-open: two of five.
            let mut failures = 0;
            while !matches!(run.state.phase, Phase::Open { .. }) || failures == 0 {
                let Answer::Admitted { generation, .. } = run.event(Event::Ask, chance) else { panic!("refused") };
                run.event(Event::Finished { generation, verdict: Verdict::Failed { retry_after } }, chance);
                failures += 1;
            }
            prop_assert_eq!(failures, if round == 0 { 5 } else { 2 });
            let Phase::Open { until, streak } = run.state.phase else { panic!("open") };
            prop_assert_eq!(streak as usize, round);
            let base = (settings.open * 2_u32.pow(round as u32)).min(settings.open_max);
            let open = until - run.now;
            prop_assert!(open <= settings.open_max);
            prop_assert!(open >= retry_after.unwrap_or_default().min(settings.open_max));
            prop_assert!(open >= base.mul_f64(0.799));
            prop_assert!(open <= base.mul_f64(1.201).max(retry_after.unwrap_or_default()));
            run.now = until - Duration::from_millis(1);
            let early = run.event(Event::Ask, chance);
            prop_assert_eq!(early, Answer::Refused { retry_after: Duration::from_millis(1) });
            run.now = until;
        }
    }

    /// From any state, once the dependency works again and nothing is forced, the breaker closes.
    #[test]
    fn a_dependency_that_works_again_is_used_again(
        settings in settings(),
        steps in vec((step(true), 0.0..=1.0_f64), 0..300),
        pause in 0..30_000_u64,
    ) {
        let mut run = Run::new(settings);
        for (step, chance) in steps {
            run.step(&step, chance);
        }
        // The longest that anything can last, forced or open, then enough calls for every probe, lost ones included.
        run.now += Duration::from_secs(400);
        for _ in 0..64 {
            run.now += Duration::from_millis(pause);
            match run.event(Event::Ask, 0.5) {
                Answer::Admitted { generation, .. } => {
                    run.event(Event::Finished { generation, verdict: Verdict::Passed }, 0.5);
                }
                Answer::Refused { retry_after } => run.now += retry_after,
                Answer::Noted => {}
            }
        }
        prop_assert!(run.state.phase.kind() == Kind::Closed, "{:?}", run.state);
    }

    /// Client errors and calls given up never open a breaker, nor save it from opening.
    #[test]
    fn ignored_calls_count_for_nothing(settings in settings(), calls in vec(verdict(), 0..100)) {
        let mut with = Run::new(settings.clone());
        let mut without = Run::new(settings);
        for verdict in calls {
            for run in [&mut with, &mut without] {
                run.now += Duration::from_millis(100);
                if let Answer::Admitted { generation, .. } = run.event(Event::Ask, 0.5) {
                    run.event(Event::Finished { generation, verdict }, 0.5);
                }
            }
            if let Answer::Admitted { generation, .. } = with.event(Event::Ask, 0.5) {
                with.event(Event::Finished { generation, verdict: Verdict::Ignored }, 0.5);
            }
            prop_assert_eq!(with.state.kind(), without.state.kind());
        }
    }

    /// Metrics only goes through the same states as the breaker itself would, and refuses nobody.
    #[test]
    fn metrics_only_shows_what_would_be(settings in settings(), calls in vec((0..8_000_u64, verdict()), 0..200)) {
        let mut real = Run::new(settings.clone());
        let mut shown = Run::new(settings);
        shown.event(Event::Force { mode: Mode::MetricsOnly, until: Duration::MAX }, 0.5);
        for (pause, verdict) in calls {
            for run in [&mut real, &mut shown] {
                run.now += Duration::from_millis(pause);
                let answer = run.event(Event::Ask, 0.5);
                let admitted = matches!(answer, Answer::Admitted { .. });
                prop_assert!(run.state.forced.is_none() || admitted);
                if let Answer::Admitted { generation, .. } = answer {
                    run.event(Event::Finished { generation, verdict }, 0.5);
                }
            }
            prop_assert_eq!(&real.state.phase, &shown.state.phase);
        }
    }
}

#[test]
fn the_window_forgets_by_the_bucket() {
    let length = Duration::from_secs(30);
    let at = |seconds| Window::bucket(length, Duration::from_secs(seconds));
    let mut window = Window::default();
    window.add(at(0), 2, 1);
    window.add(at(4), 1, 1);
    assert_eq!(window.totals(at(29)), (3, 2));
    assert_eq!(window.totals(at(30)), (1, 1));
    window.add(at(31), 5, 0);
    window.add(at(1), 100, 100);
    assert_eq!(
        window.totals(at(31)),
        (6, 1),
        "what comes after its bucket has left is not counted"
    );
    assert_eq!(window.totals(at(300)), (0, 0));
}

#[test]
fn lost_probes_give_way_and_their_late_answers_do_not_count() {
    let mut run = Run::new(resilience::Config::default().breaker());
    run.state.phase = Phase::Open {
        until: Duration::from_secs(5),
        streak: 0,
    };
    run.now = Duration::from_secs(5);
    // Three pass, the fourth is never answered, the fifth is not asked for yet.
    for _ in 0..3 {
        let Answer::Admitted {
            generation,
            probe: true,
        } = run.event(Event::Ask, 0.5)
        else {
            panic!("a probe")
        };
        run.event(
            Event::Finished {
                generation,
                verdict: Verdict::Passed,
            },
            0.5,
        );
    }
    let Answer::Admitted { generation: lost, .. } = run.event(Event::Ask, 0.5) else {
        panic!("a probe")
    };
    run.now += Duration::from_secs(11);
    let Answer::Admitted {
        generation,
        probe: true,
    } = run.event(Event::Ask, 0.5)
    else {
        panic!("a probe")
    };
    assert!(matches!(
        run.state.phase,
        Phase::HalfOpen {
            started: 5,
            passed: 3,
            failed: 1,
            ..
        }
    ));
    run.event(
        Event::Finished {
            generation: lost,
            verdict: Verdict::Passed,
        },
        0.5,
    );
    assert!(matches!(
        run.state.phase,
        Phase::HalfOpen {
            passed: 3,
            failed: 1,
            ..
        }
    ));
    run.event(
        Event::Finished {
            generation,
            verdict: Verdict::Passed,
        },
        0.5,
    );
    assert!(matches!(run.state.phase, Phase::Closed { .. }), "four of five passed");
}
