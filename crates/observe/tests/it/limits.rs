//! What a query may cost, and what it says when it costs more.

use std::time::Duration;

use observe::metrics::labels::Labels;
use observe::metrics::memory::MemorySource;
use observe::metrics::promql::{Cancel, Engine, Options, Query, QueryError, QueryResult};
use observe::metrics::samples::{Samples, SamplesView};
use observe::metrics::source::{Selection, Source, SourceError, StoredSeries};

fn ten_series() -> MemorySource {
    let mut source = MemorySource::default();
    for index in 0..10 {
        let labels = Labels::from_pairs([("__name__", "m_total"), ("n", &index.to_string())]);
        for minute in 0..60 {
            source.insert(&labels, minute * 60_000, minute as f64);
        }
    }
    source
}

fn ask(options: Options, text: &str) -> Result<usize, String> {
    let engine = Engine::new(options);
    let query = Query::parse(text, engine.options()).map_err(|error| error.to_string())?;
    engine
        .range(&ten_series(), &query, (0, 3_540_000, 60_000), Cancel::default())
        .map(|answer| answer.peak_samples)
        .map_err(|error| error.to_string())
}

#[test]
fn samples_held_at_a_time_are_limited() {
    let with = |max_samples| Options {
        max_samples,
        ..Options::default()
    };
    let refused = "query processing would load too many samples into memory in query execution";
    assert_eq!(ask(with(100), "m_total"), Err(refused.into()));
    assert_eq!(ask(with(600), "m_total"), Ok(600));
    // Both sides are held at once, the sum is not.
    assert_eq!(ask(with(1000), "m_total + m_total"), Err(refused.into()));
    assert!(ask(with(700), "sum(m_total) + sum(m_total)").is_ok());
    assert_eq!(ask(with(1000), "sum_over_time(m_total[1h:1s])"), Err(refused.into()));
}

#[test]
fn series_of_a_selector_and_steps_of_a_query_are_limited() {
    let few_series = Options {
        max_series: Some(9),
        ..Options::default()
    };
    assert_eq!(
        ask(few_series.clone(), "m_total"),
        Err("query selects too many series: the limit is 9".into())
    );
    assert!(ask(few_series, "m_total{n!=\"9\"}").is_ok());
    let steps = |max_steps| Options {
        max_steps,
        ..Options::default()
    };
    assert!(ask(steps(59), "1").is_ok());
    let refused = |error: String| error.starts_with("exceeded maximum resolution of 58 points per timeseries.");
    assert!(ask(steps(58), "1").is_err_and(refused));
    let engine = Engine::default();
    let query = Query::parse("1", engine.options()).unwrap();
    let until = |end| engine.range(&MemorySource::default(), &query, (0, end, 1), Cancel::default());
    assert!(until(11_000).is_ok());
    assert!(until(11_001).unwrap_err().to_string().contains(" of 11,000 points "));
}

#[test]
fn a_query_ends_when_its_time_is_over_or_nobody_waits() {
    let late = Options {
        timeout: Duration::ZERO,
        ..Options::default()
    };
    assert_eq!(
        ask(late, "m_total"),
        Err("query timed out in expression evaluation".into())
    );
    let cancel = Cancel::default();
    cancel.cancel();
    let engine = Engine::default();
    let query = Query::parse("m_total", engine.options()).unwrap();
    let error = engine.instant(&ten_series(), &query, 0, cancel).unwrap_err();
    assert_eq!(error.to_string(), "query was canceled in expression evaluation");
}

#[test]
fn a_store_that_cannot_be_read_is_no_empty_answer() {
    struct Broken;
    impl Source for Broken {
        fn select<'a>(&'a self, _: &Selection<'_>) -> Result<Vec<Box<dyn StoredSeries + 'a>>, SourceError> {
            Err(SourceError("block 7 is damaged".into()))
        }
    }
    let engine = Engine::default();
    let query = Query::parse("absent(m)", engine.options()).unwrap();
    let error = engine.instant(&Broken, &query, 0, Cancel::default()).unwrap_err();
    assert_eq!(error.to_string(), "expanding series: block 7 is damaged");
}

#[test]
fn a_store_that_decodes_into_the_buffer_is_read_like_one_that_does_not() {
    struct Decoding(MemorySource);
    struct Decoded<'a>(Box<dyn StoredSeries + 'a>);
    impl Source for Decoding {
        fn select<'a>(&'a self, selection: &Selection<'_>) -> Result<Vec<Box<dyn StoredSeries + 'a>>, SourceError> {
            let series = self.0.select(selection)?;
            Ok(series
                .into_iter()
                .map(|series| Box::new(Decoded(series)) as Box<dyn StoredSeries>)
                .collect())
        }
    }
    impl StoredSeries for Decoded<'_> {
        fn labels(&self) -> &Labels {
            self.0.labels()
        }

        fn samples<'b>(&'b self, scratch: &'b mut Samples) -> Result<SamplesView<'b>, SourceError> {
            let mut unused = Samples::default();
            let stored = self.0.samples(&mut unused)?;
            scratch.clear();
            for (time, value) in stored.times.iter().zip(stored.values) {
                scratch.push(*time, *value);
            }
            Ok(scratch.view())
        }
    }
    let (plain, decoding) = (ten_series(), Decoding(ten_series()));
    let engine = Engine::default();
    for text in [
        "m_total",
        "sum by (n) (rate(m_total[5m]))",
        "max_over_time(m_total[10m:1m])",
    ] {
        let query = Query::parse(text, engine.options()).unwrap();
        let ask = |source: &dyn Source| {
            engine
                .range(source, &query, (0, 3_540_000, 60_000), Cancel::default())
                .unwrap()
        };
        assert_eq!(ask(&plain), ask(&decoding), "{text}");
    }
}

#[test]
fn a_selection_asks_for_no_more_than_it_needs() {
    struct Recording(std::sync::Mutex<Vec<(i64, i64)>>);
    impl Source for Recording {
        fn select<'a>(&'a self, selection: &Selection<'_>) -> Result<Vec<Box<dyn StoredSeries + 'a>>, SourceError> {
            self.0.lock().unwrap().push((selection.start, selection.end));
            Ok(Vec::new())
        }
    }
    let engine = Engine::default();
    let asked = |text: &str| {
        let source = Recording(std::sync::Mutex::default());
        let query = Query::parse(text, engine.options()).unwrap();
        engine
            .range(&source, &query, (600_000, 1_200_000, 60_000), Cancel::default())
            .unwrap();
        source.0.into_inner().unwrap()
    };
    assert_eq!(asked("m"), [(300_001, 1_200_000)]);
    assert_eq!(asked("rate(m[1m] offset 1m)"), [(480_001, 1_140_000)]);
    assert_eq!(asked("m @ 30"), [(-269_999, 30_000)]);
    assert_eq!(asked("max_over_time(m[1m:30s])"), [(270_001, 1_200_000)]);
}

#[test]
fn queries_of_the_wrong_type_are_refused() {
    for text in ["m_total[5m]", "\"text\"", "m_total[5m:1m]"] {
        assert!(
            matches!(ask(Options::default(), text), Err(error) if error.contains("invalid expression type")),
            "{text}"
        );
    }
    let engine = Engine::default();
    let query = Query::parse("m_total[2m]", engine.options()).unwrap();
    let answer = engine
        .instant(&ten_series(), &query, 120_000, Cancel::default())
        .unwrap();
    let QueryResult::Matrix(series) = answer.result else {
        panic!("a range is a matrix")
    };
    assert_eq!(
        (series.len(), &series[0].points),
        (10, &vec![(60_000, 1.0), (120_000, 2.0)])
    );
    assert!(matches!(
        engine.range(
            &ten_series(),
            &Query::parse("1", engine.options()).unwrap(),
            (1, 0, 1),
            Cancel::default()
        ),
        Err(QueryError::Invalid(_))
    ));
}

#[test]
fn times_at_the_ends_of_the_scale_are_refused_or_harmless() {
    let engine = Engine::default();
    for text in [
        "m_total offset 200y",
        "rate(m_total[200y] offset -200y)",
        "max_over_time(m_total[1d:1h] @ 9e12)",
    ] {
        let query = Query::parse(text, engine.options()).unwrap();
        for time in [i64::MIN, i64::MAX, -(i64::MAX / 4), i64::MAX / 4, 0] {
            let answer = engine.instant(&ten_series(), &query, time, Cancel::default());
            assert_eq!(
                answer.is_err(),
                time.unsigned_abs() > i64::MAX as u64 / 4,
                "{text} at {time}"
            );
        }
    }
    assert!(Query::parse("m_total @ 9e17", engine.options()).is_err());
}
