//! `alertmanager.yml`: what is read, and what is refused.

use std::path::Path;

use observe::alerts::config::{AlertmanagerConfig, GroupBy};

use super::LEAST;

fn read(text: &str) -> Result<AlertmanagerConfig, String> {
    AlertmanagerConfig::parse(text, Path::new("ops/alertmanager.yml")).map_err(|error| error.to_string())
}

#[test]
fn receivers_take_from_global_what_they_do_not_say() {
    let config = read(
        r"
global:
  slack_api_url: https://hooks.slack.com/services/T/B/x
  smtp_smarthost: mail:587
  smtp_from: alerts@textisur.mx
  smtp_auth_username: ana
  smtp_auth_password: s3cret
  http_config: {follow_redirects: false}
route: {receiver: all, group_by: [alertname], routes: [{group_by: ['...']}, {group_by: []}]}
receivers:
  - name: all
    slack_configs: [{channel: '#a'}, {api_url: http://other/, http_config: {bearer_token: t}}]
    email_configs: [{to: ana@textisur.mx, headers: {reply-to: x@y}}]
    pagerduty_configs: [{routing_key: k, details: {firing: own}}]
templates: ['templates/*.tmpl']
",
    )
    .unwrap();
    let receiver = &config.receivers[0];
    assert!(!receiver.slack[0].http.follow_redirects && receiver.slack[1].http.follow_redirects);
    assert!(receiver.slack[1].http.authorization.is_some());
    let mail = &receiver.email[0];
    assert_eq!(
        (mail.smarthost.0.as_str(), mail.smarthost.1, mail.require_tls),
        ("mail", 587, true)
    );
    assert_eq!(
        (mail.auth_username.as_str(), mail.headers["Reply-To"].as_str()),
        ("ana", "x@y")
    );
    assert_eq!(receiver.pagerduty[0].details["firing"], "own");
    assert_eq!(receiver.pagerduty[0].details.len(), 4);
    assert_eq!(config.route.routes[0].group_by, Some(GroupBy::All));
    assert_eq!(config.route.routes[1].group_by, None);
}

#[test]
fn secrets_are_not_shown() {
    let config = read(
        "global: {slack_api_url: 'https://hooks.slack.com/x', smtp_auth_password: hunter2}\nroute: {receiver: a}\nreceivers: [{name: a, pagerduty_configs: [{routing_key: k3y}]}]",
    )
    .unwrap();
    for text in [config.shown.clone(), format!("{config:?}")] {
        for secret in ["hooks.slack.com", "hunter2", "k3y"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
    assert!(config.shown.contains("  slack_api_url: <secret>\n"), "{}", config.shown);
    // What is shown is a configuration again: amtool reads it.
    assert!(
        config
            .shown
            .contains("receivers:\n  - name: a\n    pagerduty_configs:\n      - routing_key: <secret>\n")
    );
}

#[test]
fn what_is_wrong_is_named_with_file_line_and_key() {
    for (text, error) in [
        ("", "ops/alertmanager.yml: no routes provided"),
        (
            "route: {receiver: b}\nreceivers: [{name: a}]",
            "ops/alertmanager.yml: undefined receiver \"b\" used in route",
        ),
        (
            "route: {}\nreceivers: []",
            "ops/alertmanager.yml: root route must specify a default receiver",
        ),
        (
            "route:\n  receiver: a\n  group_bye: [b]\n",
            "ops/alertmanager.yml:3: unknown key `group_bye`; did you mean `group_by`?",
        ),
        (
            "route:\n  receiver: a\n  routes:\n    - matchers:\n        - severity page\n",
            "ops/alertmanager.yml:5: bad matcher format: severity page",
        ),
        (
            "route:\n  receiver: a\n  group_wait: 5\n",
            "ops/alertmanager.yml:3: not a valid duration string: \"5\"",
        ),
        (
            "receivers:\n  - name: a\n    opsgenie_configs: [{}]\n",
            "ops/alertmanager.yml:3: `opsgenie_configs` is not supported",
        ),
        (
            "receivers:\n  - name: a\n    pagerduty_configs: [{service_key: x}]\n",
            "ops/alertmanager.yml:3: `service_key` is not supported",
        ),
        (
            "route: {receiver: a}\nreceivers: [{name: a, slack_configs: [{}]}]",
            "ops/alertmanager.yml: receiver \"a\": slack_configs[0]: no global Slack API URL set",
        ),
        (
            "time_intervals:\n  - name: a\n    time_intervals:\n      - location: Moon\n",
            "ops/alertmanager.yml:4: unknown time zone Moon",
        ),
    ] {
        let said = read(text).expect_err(text);
        assert!(said.starts_with(error), "{text}\n{said}\n{error}");
    }
}

#[test]
fn texts_and_files_that_are_no_templates_are_refused_when_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alertmanager.yml");
    std::fs::write(
        folder.path().join("broken.tmpl"),
        "\n{{ define \"x\" }}{{ if }}{{ end }}",
    )
    .unwrap();
    std::fs::write(&path, format!("{LEAST}templates: ['*.tmpl']\n")).unwrap();
    let said = observe::alerts::check(&path).unwrap_err().to_string();
    assert!(said.contains("broken.tmpl: line 2: missing value for if"), "{said}");

    let text =
        "route: {receiver: a}\nreceivers: [{name: a, pagerduty_configs: [{routing_key: k, class: '{{ nothing }}'}]}]";
    std::fs::write(&path, text).unwrap();
    let said = observe::alerts::check(&path).unwrap_err().to_string();
    assert!(
        said.ends_with("receiver \"a\": pagerduty_configs[0]: template: line 1: function \"nothing\" not defined"),
        "{said}"
    );
}
