//! The labels of a series: what the target says, what is said about the target, and what rules make of both.

use super::exposition::SeriesPairs;
use crate::config::{NameValidation, ScrapeConfig, relabel};
use crate::metrics::labels::{Labels, LabelsBuilder, METRIC_NAME, is_plain_name};

/// Makes them; none when the rules drop the series.
///
/// # Errors
/// When they cannot be stored, or exceed a limit: that fails the whole scrape.
pub(super) fn sample_labels(
    pairs: &SeriesPairs<'_>,
    target: &Labels,
    job: &ScrapeConfig,
) -> Result<Option<Labels>, String> {
    let mut labels = if job.honor_labels {
        honoring(pairs, target)
    } else {
        exporting(pairs, target)
    };
    if !relabel(&job.metric_relabel_configs, &mut labels) {
        return Ok(None);
    }
    let labels = labels.build();
    if labels.is_empty() {
        return Ok(None);
    }
    check_names(&labels, job.names())?;
    check_limits(&labels, job)?;
    Ok(Some(labels))
}

fn as_written<'a>(pairs: &'a SeriesPairs<'_>) -> LabelsBuilder<'a> {
    let mut labels = LabelsBuilder::default();
    for (name, value) in pairs {
        labels.set(name.as_ref(), value.as_ref());
    }
    labels
}

/// `honor_labels`: what the target writes wins, and be it an empty value.
fn honoring<'a>(pairs: &'a SeriesPairs<'_>, target: &'a Labels) -> LabelsBuilder<'a> {
    let mut labels = as_written(pairs);
    for (name, value) in target.iter() {
        if !pairs.iter().any(|(written, _)| written == name) {
            labels.set(name, value);
        }
    }
    labels
}

/// What the target writes under a name of ours becomes `exported_…`.
fn exporting<'a>(pairs: &'a SeriesPairs<'_>, target: &'a Labels) -> LabelsBuilder<'a> {
    let mut labels = as_written(pairs);
    let mut displaced: Vec<(&str, &str)> = Vec::new();
    for (name, value) in target.iter() {
        let written = pairs
            .iter()
            .find(|(written, value)| written == name && !value.is_empty());
        displaced.extend(written.map(|(name, value)| (name.as_ref(), value.as_ref())));
        labels.set(name, value);
    }
    // Short names first, so that `exported_a` as well as `a` find a place of their own.
    displaced.sort_by_key(|(name, _)| name.len());
    for (name, value) in displaced {
        let mut name = format!("exported_{name}");
        while !labels.get(&name).is_empty() {
            name.insert_str(0, "exported_");
        }
        labels.set(name, value);
    }
    labels
}

fn check_names(labels: &Labels, names: NameValidation) -> Result<(), String> {
    let metric = labels.metric_name();
    if metric.is_empty() {
        return Err("missing metric name (__name__ label)".into());
    }
    let plain_metric =
        || metric.split(':').all(|part| part.is_empty() || is_plain_tail(part)) && !starts_with_digit(metric);
    if names == NameValidation::Legacy && !(plain_metric() && labels.iter().all(|(name, _)| is_plain_name(name))) {
        return Err(format!("invalid metric name or label names: {labels}"));
    }
    Ok(())
}

fn is_plain_tail(part: &str) -> bool {
    part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn starts_with_digit(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_digit())
}

/// Refuses in Prometheus's words what exceeds a limit of the job.
fn check_limits(labels: &Labels, job: &ScrapeConfig) -> Result<(), String> {
    let exceeds = |length: usize, limit: u64| limit > 0 && length as u64 > limit;
    let metric = first_chars(labels.get(METRIC_NAME));
    if exceeds(labels.len(), job.label_limit) {
        return Err(format!(
            "label_limit exceeded (metric: {metric}, number of labels: {}, limit: {})",
            labels.len(),
            job.label_limit
        ));
    }
    if job.label_name_length_limit == 0 && job.label_value_length_limit == 0 {
        return Ok(());
    }
    for (name, value) in labels.iter() {
        let shown = first_chars(name);
        if exceeds(name.len(), job.label_name_length_limit) {
            return Err(format!(
                "label_name_length_limit exceeded (metric: {metric}, label name: {shown}, length: {}, limit: {})",
                name.len(),
                job.label_name_length_limit
            ));
        }
        if exceeds(value.len(), job.label_value_length_limit) {
            return Err(format!(
                "label_value_length_limit exceeded (metric: {metric}, label name: {shown}, value: {:?}, length: {}, limit: {})",
                first_chars(value),
                value.len(),
                job.label_value_length_limit
            ));
        }
    }
    Ok(())
}

fn first_chars(text: &str) -> &str {
    text.char_indices().nth(50).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(yaml: &str) -> ScrapeConfig {
        serde_saphyr::from_str(yaml).unwrap()
    }

    fn made(written: &[(&'static str, &'static str)], target: &[(&str, &str)], yaml: &str) -> Result<String, String> {
        let mut pairs: SeriesPairs<'_> = vec![("__name__".into(), "m".into())];
        pairs.extend(written.iter().map(|(name, value)| ((*name).into(), (*value).into())));
        let labels = sample_labels(&pairs, &Labels::from_pairs(target.iter().copied()), &job(yaml))?;
        Ok(labels.map_or_else(|| "dropped".to_owned(), |labels| labels.to_string()))
    }

    #[test]
    fn labels_of_the_target_displace_those_it_writes() {
        assert_eq!(
            made(
                &[("job", "own"), ("exported_job", "older"), ("a", "")],
                &[("job", "j"), ("a", "t")],
                "{job_name: j}"
            )
            .unwrap(),
            r#"{__name__="m", a="t", exported_exported_job="own", exported_job="older", job="j"}"#
        );
        assert_eq!(
            made(
                &[("job", "own"), ("exported_job", "older")],
                &[("job", "j"), ("exported_job", "k")],
                "{job_name: j}"
            )
            .unwrap(),
            r#"{__name__="m", exported_exported_exported_job="older", exported_exported_job="own", exported_job="k", job="j"}"#
        );
    }

    #[test]
    fn honoured_labels_win_even_when_they_are_empty() {
        assert_eq!(
            made(
                &[("job", "own"), ("a", "")],
                &[("job", "j"), ("a", "t"), ("b", "t")],
                "{job_name: j, honor_labels: true}"
            )
            .unwrap(),
            r#"{__name__="m", b="t", job="own"}"#
        );
    }

    #[test]
    fn rules_and_limits_have_the_last_word() {
        assert_eq!(
            made(
                &[("a", "1")],
                &[],
                "{job_name: j, metric_relabel_configs: [{source_labels: [a], regex: 1, action: drop}]}"
            )
            .unwrap(),
            "dropped"
        );
        for (yaml, error) in [
            (
                "{job_name: j, label_limit: 2}",
                "label_limit exceeded (metric: m, number of labels: 3, limit: 2)",
            ),
            (
                "{job_name: j, label_value_length_limit: 3}",
                "label_value_length_limit exceeded (metric: m, label name: abc, value: \"long\", length: 4, limit: 3)",
            ),
            ("{job_name: j, label_name_length_limit: 8}", ""),
            (
                "{job_name: j, label_name_length_limit: 7}",
                "label_name_length_limit exceeded (metric: m, label name: __name__, length: 8, limit: 7)",
            ),
            (
                "{job_name: j, metric_relabel_configs: [{regex: __name__, action: labeldrop}]}",
                "missing metric name (__name__ label)",
            ),
        ] {
            let said = made(&[("abc", "long"), ("b", "1")], &[], yaml);
            assert_eq!(said.err().unwrap_or_default(), error, "{yaml}");
        }
        let legacy = "{job_name: j, metric_name_validation_scheme: legacy}";
        assert!(made(&[("a.b", "1")], &[], legacy).is_err() && made(&[("a.b", "1")], &[], "{job_name: j}").is_ok());
    }
}
