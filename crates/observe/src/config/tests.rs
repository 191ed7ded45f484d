use super::*;

fn read(text: &str) -> Result<PrometheusConfig, String> {
    PrometheusConfig::parse(text, Path::new("ops/prometheus.yml")).map_err(|error| error.to_string())
}

#[test]
fn a_whole_file_is_read_with_its_defaults() {
    let config = read(
        r#"
global:
  scrape_interval: 15s
  external_labels: {cluster: oaxaca, shard: 1}
rule_files: ["alerts/*.yml", /etc/rules.yml]
alerting:
  alertmanagers:
    - static_configs: [{targets: ["localhost:9093"]}]
scrape_configs:
  - job_name: textisur-app
    metrics_path: /api/metrics
    params: {match: [a, b]}
    static_configs:
      - targets: ["localhost:3000"]
        labels: {env: prod, zone: 7}
    file_sd_configs: [{files: ["targets/*.json"], refresh_interval: 5s}]
    basic_auth: {username: prometheus, password_file: secret}
    body_size_limit: 10MB
  - job_name: slow
    scrape_interval: 5s
    scheme: https
    bearer_token: t0ken
    tls_config: {ca_file: ca.pem, server_name: inside, insecure_skip_verify: true}
remote_write:
  - url: http://far/api/v1/write
storage: {exemplars: {max_exemplars: 1000}}
"#,
    )
    .unwrap();
    assert_eq!(config.global.scrape_timeout, Some(PromDuration::from_secs(10)));
    assert_eq!(config.global.evaluation_interval, PromDuration::from_secs(60));
    assert_eq!(config.global.external_labels["shard"], "1");
    let [app, slow] = &config.scrape_configs[..] else {
        panic!("two jobs: {config:?}")
    };
    assert_eq!(app.scrape_interval, PromDuration::from_secs(15));
    assert_eq!((app.body_size_limit, app.params["match"].len()), (10 << 20, 2));
    assert_eq!(app.static_configs[0].labels["zone"], "7");
    assert_eq!(app.file_sd_configs[0].files, [Path::new("ops/targets/*.json")]);
    let basic = app.http.basic_auth.as_ref().unwrap();
    assert_eq!(basic.password_file.as_deref(), Some(Path::new("ops/secret")));
    assert_eq!(slow.scrape_timeout, PromDuration::from_secs(5));
    let bearer = slow.http.authorization.as_ref().unwrap();
    assert_eq!(
        (bearer.kind.as_str(), bearer.credentials.as_ref().unwrap().reveal()),
        ("Bearer", "t0ken")
    );
    assert_eq!(slow.http.tls.ca_file.as_deref(), Some(Path::new("ops/ca.pem")));
    assert_eq!(
        config.rule_files,
        [Path::new("ops/alerts/*.yml"), Path::new("/etc/rules.yml")]
    );
    assert!(!format!("{config:?}").contains("t0ken"));
}

#[test]
fn an_empty_file_is_all_defaults() {
    assert_eq!(read("").unwrap().global.scrape_interval, PromDuration::from_secs(60));
    assert!(read("global:\nscrape_configs:\n").unwrap().scrape_configs.is_empty());
    let half = "scrape_configs: [{job_name: a, relabel_configs: null, static_configs: [{targets: null}]}]";
    assert_eq!(read(half).unwrap().scrape_configs.len(), 1);
}

#[test]
fn what_is_wrong_is_named_with_file_line_and_key() {
    for (text, error) in [
        (
            "global:\n  scrape_intervalo: 5s\n",
            "ops/prometheus.yml:2: unknown key `scrape_intervalo`; did you mean `scrape_interval`?",
        ),
        (
            "scrape_configs:\n  - job_name: a\n    kubernetes_sd_configs:\n      - role: pod\n",
            "ops/prometheus.yml:3: `kubernetes_sd_configs` is not supported",
        ),
        (
            "global:\n  scrape_interval: 5 s\n",
            "ops/prometheus.yml:2: not a valid duration string: \"5 s\"",
        ),
        (
            "scrape_configs:\n  - job_name: a\n    relabel_configs:\n      - regex: '(a'\n        action: keep\n",
            "ops/prometheus.yml:4: error parsing regexp \"(a\": unclosed group",
        ),
        (
            "scrape_configs: [{job_name: a}, {job_name: a}]",
            "ops/prometheus.yml: found multiple scrape configs with job name \"a\"",
        ),
        (
            "scrape_configs: [{job_name: a, scrape_timeout: 2m}]",
            "ops/prometheus.yml: scrape config \"a\": scrape timeout greater than scrape interval",
        ),
        (
            "scrape_configs: [{job_name: a, scrape_protocols: [PrometheusProto]}]",
            "ops/prometheus.yml: scrape config \"a\": scrape_protocols of the job: PrometheusProto is not supported",
        ),
        (
            "scrape_configs: [{job_name: a, relabel_configs: [{action: hashmod, target_label: a}]}]",
            "ops/prometheus.yml: scrape config \"a\": relabel configuration for hashmod requires non-zero modulus",
        ),
        (
            "scrape_configs: [{job_name: a, bearer_token: a, basic_auth: {username: b}}]",
            "ops/prometheus.yml: scrape config \"a\": at most one of basic_auth, authorization & bearer_token",
        ),
        ("global: [1\n", "ops/prometheus.yml:"),
        (
            "scrape_configs:\n  - job_name: a\n    job_name: b\n",
            "ops/prometheus.yml:3: key `job_name` is there twice",
        ),
        (
            "scrape_configs: [{job_name: a, static_configs: [{targets: ['http://x/']}]}]",
            "ops/prometheus.yml: scrape config \"a\": \"http://x/\" is not a valid hostname",
        ),
        (
            "scrape_configs: [{job_name: a, file_sd_configs: [{files: ['targets/*/x.json']}]}]",
            "ops/prometheus.yml: scrape config \"a\": path name \"targets/*/x.json\" is not valid for file discovery",
        ),
    ] {
        let said = read(text).expect_err(text);
        assert!(said.starts_with(error), "{text}\n{said}\n{error}");
    }
}
