//! A configuration file as it may be shown: Prometheus writes `<secret>` where a secret stands.

/// Keys whose values are secret, in `prometheus.yml` and the files beside it.
const SECRET: &[&str] = &[
    "password",
    "credentials",
    "bearer_token",
    "client_secret",
    "secret_key",
    "key",
    "api_key",
    "routing_key",
    "service_key",
    "api_url",
    "slack_api_url",
];

/// The text with the values of secret keys replaced, block scalars and flow mappings included.
pub(super) fn masked(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    // Indentation of a secret key whose value goes on in the lines below it.
    let mut hidden: Option<usize> = None;
    for line in text.lines() {
        let indentation = line.len() - line.trim_start().len();
        if hidden.is_some_and(|above| line.trim().is_empty() || indentation > above) {
            continue;
        }
        hidden = None;
        match secret_at(line) {
            Some(end) => {
                shown.push_str(&line[..end]);
                shown.push_str(" <secret>");
                // What a flow mapping has beyond the value is hidden with it; its end is kept for the eye.
                if line[..end].contains('{') {
                    shown.push_str(" }");
                }
                hidden = Some(indentation);
            }
            None => shown.push_str(line),
        }
        shown.push('\n');
    }
    shown
}

/// Where the first secret key of a line ends, its colon included; none when the line has none, or an empty one.
fn secret_at(line: &str) -> Option<usize> {
    let content = line.split(" #").next().unwrap_or(line);
    if content.trim_start().starts_with('#') {
        return None;
    }
    SECRET
        .iter()
        .flat_map(|key| content.match_indices(key).map(move |(start, _)| (key, start)))
        .filter_map(|(key, start)| {
            let before = content[..start].trim_end_matches(['"', '\'']);
            let after = content[start + key.len()..].trim_start_matches(['"', '\'']);
            let begins = before.is_empty() || before.ends_with([' ', '{', ',', '\t']);
            let end = content.len() - after.len() + 1;
            let has_value = after.strip_prefix(':').is_some_and(|value| !value.trim().is_empty());
            (begins && has_value).then_some(end)
        })
        .min()
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn secrets_are_hidden_and_the_rest_is_not() {
        let text = "\
scrape_configs:
  - job_name: a  # password: not here
    basic_auth:
      username: ana
      password: \"hunter2\"
    tls_config: { key: abc, insecure_skip_verify: true }
    authorization:
      credentials: |
        first
        second
      type: Bearer
    static_configs: [{ targets: ['key:9090'] }]
    password_file: /etc/secret
";
        let shown = masked(text);
        for secret in ["hunter2", "abc", "first", "second"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        for kept in [
            "username: ana",
            "password: <secret>",
            "type: Bearer",
            "'key:9090'",
            "password_file: /etc/secret",
        ] {
            assert!(shown.contains(kept), "{kept} in {shown}");
        }
    }
}
