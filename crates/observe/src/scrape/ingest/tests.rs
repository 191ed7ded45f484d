use super::*;
use crate::metrics::promql::{Cancel, Engine, Options, Query, QueryResult};
use crate::metrics::store::Settings;

/// A target whose answers are told, one scrape every fifteen seconds.
struct Told {
    _folder: tempfile::TempDir,
    store: Arc<Store>,
    ingester: Ingester,
    families: Arc<Mutex<Families>>,
    job: ScrapeConfig,
    now: i64,
}

const STEP: i64 = 15_000;

impl Told {
    fn new(job: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(folder.path(), Settings::default()).unwrap());
        let families = Arc::default();
        let target = Labels::from_pairs([("instance", "i:1"), ("job", "j")]);
        Self {
            ingester: Ingester::new(Arc::clone(&store), target, Arc::clone(&families)),
            _folder: folder,
            store,
            families,
            job: serde_saphyr::from_str(job).unwrap(),
            now: 1_700_000_000_000,
        }
    }

    fn scrape(&mut self, body: &str) -> Outcome {
        let format = if body.contains("# EOF") {
            Format::OpenMetrics
        } else {
            Format::Prometheus
        };
        self.ingest(Ok(Answer {
            body: body.into(),
            format,
            _permit: None,
        }))
    }

    fn ingest(&mut self, answer: Result<Answer, String>) -> Outcome {
        self.now += STEP;
        self.ingester
            .ingest(answer, &self.job, self.now, Duration::from_millis(20))
    }

    /// What a query answers at the time of the last scrape: values by labels, the shortest way to write it.
    fn query(&self, text: &str) -> Vec<(String, f64)> {
        let query = Query::parse(text, &Options::default()).unwrap();
        let answer = Engine::default()
            .instant(&*self.store, &query, self.now, Cancel::default())
            .unwrap();
        let QueryResult::Vector(samples) = answer.result else {
            panic!("{text} is no vector")
        };
        samples
            .into_iter()
            .map(|sample| (sample.labels.to_string(), sample.value))
            .collect()
    }

    fn value(&self, text: &str) -> f64 {
        match self.query(text)[..] {
            [(_, value)] => value,
            ref other => panic!("{text}: {other:?}"),
        }
    }
}

const PLAIN: &str = "{job_name: j}";

#[test]
fn a_scrape_and_its_report_can_be_queried() {
    let mut told = Told::new(PLAIN);
    let outcome = told.scrape("a 1\nb{job=\"own\"} 2\n");
    assert_eq!(
        (outcome.scraped, outcome.kept, outcome.added, outcome.error),
        (2, 2, 2, None)
    );
    assert_eq!(
        told.query("b"),
        [(
            r#"{__name__="b", exported_job="own", instance="i:1", job="j"}"#.to_owned(),
            2.0
        )]
    );
    assert_eq!(
        told.query("up"),
        [(r#"{__name__="up", instance="i:1", job="j"}"#.to_owned(), 1.0)]
    );
    assert_eq!(told.value("scrape_duration_seconds"), 0.02);
    assert_eq!(told.value("scrape_samples_scraped"), 2.0);
    assert_eq!(told.value("scrape_series_added"), 2.0);
    let outcome = told.scrape("a 1\nb{job=\"own\"} 2\nc 3\n");
    assert_eq!(outcome.added, 1);
}

#[test]
fn a_counter_has_a_rate_and_a_reset() {
    let mut told = Told::new(PLAIN);
    for value in [10, 40, 70, 5, 35] {
        told.scrape(&format!("# TYPE c counter\nc {value}\n"));
    }
    assert_eq!(told.value("resets(c[5m])"), 1.0);
    assert_eq!(told.value("increase(c[1m])") / 60.0, told.value("rate(c[1m])"));
    assert_eq!(told.value("c"), 35.0);
}

#[test]
fn a_series_that_vanishes_ends_at_once() {
    let mut told = Told::new(PLAIN);
    told.scrape("a{x=\"1\"} 1\na{x=\"2\"} 1\n");
    assert_eq!(told.value("count(a)"), 2.0);
    told.scrape("a{x=\"1\"} 1\n");
    assert_eq!(told.value("count(a)"), 1.0);
    told.scrape("a{x=\"1\"} 1\na{x=\"2\"} 1\n");
    assert_eq!(told.value("count(a)"), 2.0);
    // Written in another way it is the same series.
    told.scrape("a{ x = \"1\" } 1\na{x=\"2\"} 1\n");
    assert_eq!(told.value("count(a)"), 2.0);
}

#[test]
fn a_failed_scrape_ends_all_series_and_says_so() {
    let mut told = Told::new(PLAIN);
    told.scrape("a 1\nb 1\n");
    let outcome = told.ingest(Err("server returned HTTP status 500 Internal Server Error".into()));
    assert!(outcome.error.unwrap().contains("500"));
    assert_eq!((told.query("a"), told.value("up")), (vec![], 0.0));
    told.scrape("a 1\nb 1\n");
    assert_eq!((told.value("a"), told.value("up")), (1.0, 1.0));
}

#[test]
fn nothing_of_half_an_answer_is_kept() {
    let mut told = Told::new(PLAIN);
    told.scrape("a 1\n");
    let outcome = told.scrape("a 2\nnew 1\n<html>\n");
    assert_eq!(
        outcome.error.as_deref(),
        Some("line 3: expected a metric name, got \"<html>\"")
    );
    assert_eq!(
        (told.query("a"), told.query("new"), told.value("up")),
        (vec![], vec![], 0.0)
    );
    assert_eq!(told.value("scrape_samples_scraped"), 2.0);
    told.scrape("a 3\nnew 1\n");
    assert_eq!((told.value("a"), told.value("new")), (3.0, 1.0));
}

#[test]
fn a_removed_target_ends_with_its_report() {
    let mut told = Told::new(PLAIN);
    told.scrape("a 1\n");
    assert_eq!(told.value("count(up)"), 1.0);
    told.now += STEP;
    told.ingester.finish(told.now);
    assert_eq!((told.query("a"), told.query("count(up)")), (vec![], vec![]));
}

#[test]
fn too_late_an_end_does_not_harm_who_went_on() {
    let mut told = Told::new(PLAIN);
    told.scrape("a 1\n");
    let target = Labels::from_pairs([("instance", "i:1"), ("job", "j")]);
    let mut successor = Ingester::new(Arc::clone(&told.store), target, Arc::default());
    let answer = Answer {
        body: "a 2\n".into(),
        format: Format::Prometheus,
        _permit: None,
    };
    told.now += STEP;
    successor.ingest(Ok(answer), &told.job, told.now, Duration::ZERO);
    told.ingester.finish(told.now - 1);
    assert_eq!((told.value("a"), told.value("up")), (2.0, 1.0));
}

#[test]
fn times_of_the_target_are_honoured_or_not() {
    let mut told = Told::new(PLAIN);
    let early = told.now - 1000;
    told.scrape(&format!("a 1 {early}\na 2 {}\nb 1\n", early + 500));
    assert_eq!(told.value("timestamp(a)"), (early + 500) as f64 / 1000.0);
    // Series with times of their own do not end by silence.
    told.scrape("b 1\n");
    assert_eq!(told.value("a"), 2.0);

    let mut told = Told::new("{job_name: j, honor_timestamps: false}");
    told.scrape(&format!("a 1 {early}\n"));
    assert_eq!(told.value("timestamp(a)"), told.now as f64 / 1000.0);

    let mut told = Told::new("{job_name: j, track_timestamps_staleness: true}");
    told.scrape(&format!("a 1 {early}\n"));
    told.scrape("b 1\n");
    assert_eq!(told.query("a"), []);
}

#[test]
fn duplicates_and_late_samples_are_counted_and_the_rest_is_kept() {
    let mut told = Told::new(PLAIN);
    let outcome = told.scrape("a 1\na 2\nb 1\n");
    assert_eq!((outcome.kept, outcome.refused.duplicate, outcome.error), (3, 1, None));
    assert_eq!(told.value("a"), 1.0);
    let now = told.now;
    told.scrape(&format!("c 1 {now}\n"));
    let outcome = told.scrape(&format!("c 2 {}\nb 2\n", now - 5000));
    assert_eq!((outcome.refused.out_of_order, outcome.error), (1, None));
    assert_eq!((told.value("c"), told.value("b")), (1.0, 2.0));
}

#[test]
fn rules_drop_series_and_limits_fail_scrapes() {
    let mut told = Told::new(
        "{job_name: j, sample_limit: 2, metric_relabel_configs: [{source_labels: [__name__], regex: go_.*, action: drop}]}",
    );
    let outcome = told.scrape("go_a 1\ngo_b 1\na 1\nb 1\n");
    assert_eq!((outcome.scraped, outcome.kept, outcome.error), (4, 2, None));
    let outcome = told.scrape("a 1\nb 1\nc 1\n");
    assert_eq!(
        (outcome.kept, outcome.error.as_deref()),
        (3, Some("sample limit exceeded"))
    );
    assert_eq!((told.query("a"), told.value("up")), (vec![], 0.0));
}

#[test]
fn new_rules_end_the_series_of_the_old() {
    let mut told = Told::new(PLAIN);
    told.scrape("a{x=\"1\"} 1\nb 1\n");
    told.job =
        serde_saphyr::from_str("{job_name: j, metric_relabel_configs: [{regex: x, action: labeldrop}]}").unwrap();
    told.ingester.relearn();
    told.scrape("a{x=\"1\"} 1\nb 1\n");
    assert_eq!(
        told.query("a"),
        [(r#"{__name__="a", instance="i:1", job="j"}"#.to_owned(), 1.0)]
    );
    assert_eq!(told.value("b"), 1.0);
}

#[test]
fn exemplars_and_metadata_are_kept() {
    let mut told = Told::new(PLAIN);
    let outcome = told.scrape(
        "# TYPE h_seconds histogram\n# HELP h_seconds How long.\n# UNIT h_seconds seconds\n\
         h_seconds_bucket{le=\"1\"} 3 # {trace_id=\"abc\"} 0.5\nh_seconds_bucket{le=\"+Inf\"} 3\n# EOF\n",
    );
    assert_eq!(outcome.error, None);
    let all = [crate::metrics::matchers::Matcher::new("le", crate::metrics::matchers::MatchOp::Equal, "1.0").unwrap()];
    let found = told.store.exemplars(&[all.to_vec()], 0, i64::MAX);
    assert_eq!(
        (found.len(), found[0].1[0].labels.get("trace_id"), found[0].1[0].time),
        (1, "abc", told.now)
    );
    let families = lock(&told.families).all();
    assert_eq!(families.len(), 1);
    let (name, metadata) = &families[0];
    assert_eq!(
        (
            name.as_str(),
            metadata.kind,
            metadata.help.as_str(),
            metadata.unit.as_str()
        ),
        ("h_seconds", "histogram", "How long.", "seconds")
    );
}

#[test]
fn no_target_writes_the_staleness_marker() {
    let mut told = Told::new(PLAIN);
    told.scrape("a NaN\n");
    assert!(told.value("a").is_nan());
}
