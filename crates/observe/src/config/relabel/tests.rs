use super::*;
use crate::metrics::labels::Labels;

fn rules(text: &str) -> Vec<RelabelConfig> {
    let rules: Vec<RelabelConfig> = serde_saphyr::from_str(text).unwrap();
    check_all(&rules).unwrap();
    rules
}

/// What becomes of the labels `a=foo, b=bar, c=baz`; none when they are dropped.
fn after(rules_text: &str) -> Option<String> {
    let labels = Labels::from_pairs([("a", "foo"), ("b", "bar"), ("c", "baz")]);
    let mut changed = labels.edit();
    let kept = relabel(&rules(rules_text), &mut changed);
    kept.then(|| {
        let pairs: Vec<_> = changed.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join(" ")
    })
}

#[test]
fn replace_sets_a_label_from_groups_of_the_joined_values() {
    for (rule, expected) in [
        (
            "[{source_labels: [a], regex: f(.*), target_label: d, replacement: ch$1-ch$1}]",
            "a=foo b=bar c=baz d=choo-choo",
        ),
        (
            "[{source_labels: [a, b], regex: 'f(.*);(.*)r', target_label: a, replacement: 'b${1}${2}m'}]",
            "a=boobam b=bar c=baz",
        ),
        (
            "[{source_labels: [a], separator: '', target_label: d}]",
            "a=foo b=bar c=baz d=foo",
        ),
        // Anchored: a part is not enough.
        ("[{source_labels: [a], regex: o, target_label: d}]", "a=foo b=bar c=baz"),
        // `$1x` names the group «1x», which there is not: an empty value removes the label.
        (
            "[{source_labels: [a], target_label: b, replacement: $1x}]",
            "a=foo c=baz",
        ),
        (
            "[{source_labels: [a], target_label: b, replacement: ''}]",
            "a=foo c=baz",
        ),
        ("[{target_label: d, replacement: fixed}]", "a=foo b=bar c=baz d=fixed"),
        (
            "[{source_labels: [a], regex: '(?P<x>f)(.*)', target_label: 'l_${x}', replacement: $2}]",
            "a=foo b=bar c=baz l_f=oo",
        ),
        (
            "[{source_labels: [missing], regex: '', target_label: d, replacement: none}]",
            "a=foo b=bar c=baz d=none",
        ),
        (
            "[{source_labels: [a], target_label: d, replacement: 'x$$y'}]",
            "a=foo b=bar c=baz d=x$y",
        ),
    ] {
        assert_eq!(after(rule).as_deref(), Some(expected), "{rule}");
    }
}

#[test]
fn keep_and_drop_decide_by_the_joined_values() {
    assert_eq!(after("[{source_labels: [a, b], regex: 'foo;bar', action: drop}]"), None);
    assert_eq!(after("[{source_labels: [a], regex: nope, action: keep}]"), None);
    assert!(after("[{source_labels: [a], regex: foo, action: keep}]").is_some());
    assert!(after("[{source_labels: [a], regex: '.*o.b.*', action: drop}]").is_some());
    // The rules after a drop are not asked.
    assert_eq!(
        after("[{source_labels: [a], action: drop}, {target_label: d, replacement: e}]"),
        None
    );
}

#[test]
fn equal_values_keep_and_drop() {
    assert_eq!(
        after("[{source_labels: [a], target_label: b, action: keepequal}]"),
        None
    );
    assert!(after("[{source_labels: [a], target_label: a, action: keepequal}]").is_some());
    assert_eq!(
        after("[{source_labels: [a], target_label: a, action: dropequal}]"),
        None
    );
    assert!(after("[{source_labels: [a], target_label: b, action: dropequal}]").is_some());
}

#[test]
fn names_are_mapped_dropped_and_kept() {
    assert_eq!(
        after("[{regex: '([ab])', replacement: 'meta_$1', action: labelmap}]").as_deref(),
        Some("a=foo b=bar c=baz meta_a=foo meta_b=bar")
    );
    assert_eq!(after("[{regex: '[ab]', action: labeldrop}]").as_deref(), Some("c=baz"));
    assert_eq!(
        after("[{regex: '[ab]', action: LabelKeep}]").as_deref(),
        Some("a=foo b=bar")
    );
}

#[test]
fn letters_change_size() {
    assert_eq!(
        after("[{source_labels: [a, b], target_label: u, action: uppercase}, {source_labels: [u], target_label: l, action: lowercase}]")
            .as_deref(),
        Some("a=foo b=bar c=baz l=foo;bar u=FOO;BAR")
    );
}

#[test]
fn hashes_are_those_of_prometheus() {
    // From Prometheus's own tests: `foo` modulo 1000 is 976, of `foo\nbar` it is 734.
    assert_eq!(
        after("[{source_labels: [c], target_label: d, action: hashmod, modulus: 1000}]").as_deref(),
        Some("a=foo b=bar c=baz d=976")
    );
    assert_eq!(
        after("[{target_label: c, replacement: \"foo\\nbar\"}, {source_labels: [c], target_label: d, action: hashmod, modulus: 1000}]")
            .as_deref(),
        Some("a=foo b=bar c=foo\nbar d=734")
    );
}

#[test]
fn rules_that_make_no_sense_are_refused() {
    for (rule, why) in [
        ("{action: hashmod, target_label: a}", "non-zero modulus"),
        ("{action: replace}", "requires 'target_label'"),
        (
            "{action: labeldrop, regex: a, target_label: b}",
            "requires only 'regex'",
        ),
        (
            "{action: keepequal, source_labels: [a], target_label: b, regex: c}",
            "requires only 'source_labels'",
        ),
        (
            "{action: lowercase, source_labels: [a], target_label: b, replacement: c}",
            "can not be set",
        ),
    ] {
        let rule: RelabelConfig = serde_saphyr::from_str(rule).unwrap();
        let said = check_all(&[rule]).unwrap_err();
        assert!(said.contains(why), "{said}");
    }
    assert!(serde_saphyr::from_str::<RelabelConfig>("{action: explode}").is_err());
}
