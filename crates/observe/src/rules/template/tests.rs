//! Templates as alerts use them.

use super::*;
use crate::metrics::labels::Labels;

fn labels() -> Value {
    Value::Labels(Labels::from_pairs([
        ("instance", "web1.textisur.mx:9100"),
        ("job", "shop"),
    ]))
}

fn render_with(text: &str, value: f64) -> Result<String, TemplateError> {
    let template = Template::parse(text, &NoHost, &["labels", "value"])?;
    let variables = [("labels", labels()), ("value", value.into())];
    let dot = Value::record([("Labels", labels()), ("Value", value.into())]);
    template.render(&dot, &variables, &NoHost)
}

fn render(text: &str) -> String {
    render_with(text, 0.25).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn labels_and_values_are_put_in() {
    for (text, expected) in [
        ("no action", "no action"),
        ("{{ $labels.job }} is at {{ $value }}", "shop is at 0.25"),
        ("{{ .Labels.job }} is at {{.Value}}", "shop is at 0.25"),
        ("{{ $labels.nothing }}|{{ .Nothing }}", "|<no value>"),
        ("{{ $labels }}", "map[instance:web1.textisur.mx:9100 job:shop]"),
        ("{{ \"a\\n\" }}{{ `\\n` }}", "a\n\\n"),
        ("a {{- /* nothing */ -}} b", "ab"),
        ("a {{- \"-\" -}} b", "a-b"),
        ("{{ 1 }} {{ -2.5 }} {{ 0x10 }} {{ 1e6 }}", "1 -2.5 16 1e+06"),
    ] {
        assert_eq!(render(text), expected, "{text}");
    }
    assert_eq!(render_with("{{ $value }}", 1e6).unwrap(), "1e+06");
}

#[test]
fn pipelines_pass_values_on_as_the_last_argument() {
    for (text, expected) in [
        ("{{ $value | humanizePercentage }}", "25%"),
        ("{{ $labels.instance | stripPort | stripDomain | toUpper }}", "WEB1"),
        ("{{ $value | printf \"%.1f and %s\" 2.0 }}", "2.0 and %!s(float64=0.25)"),
        (
            "{{ printf \"%-5s|%5.1f|%03d|%q|%v\" \"ab\" $value 7 \"x\" true }}",
            "ab   |  0.2|007|\"x\"|true",
        ),
        (
            "{{ reReplaceAll \"(.*):.*\" \"$1\" $labels.instance }}",
            "web1.textisur.mx",
        ),
        ("{{ if match \"^web\" $labels.instance }}yes{{ end }}", "yes"),
        ("{{ (printf \"%s\" \"a\") | title }}", "A"),
        ("{{ \"hello wOrld\" | title }}", "Hello WOrld"),
        ("{{ parseDuration \"1h30m\" }}", "5400"),
        ("{{ (args 1 \"b\").arg1 }}", "b"),
        ("{{ graphLink \"up == 0\" }}", "/graph?g0.expr=up+%3D%3D+0&g0.tab=0"),
        ("{{ html \"<a>\" }}{{ safeHtml \"<a>\" }}", "&lt;a&gt;<a>"),
    ] {
        assert_eq!(render(text), expected, "{text}");
    }
}

#[test]
fn conditions_and_lists_decide() {
    for (text, expected) in [
        (
            "{{ if gt $value 0.2 }}high{{ else if gt $value 0.1 }}middle{{ else }}low{{ end }}",
            "high",
        ),
        (
            "{{ if gt $value 1.0 }}high{{ else if gt $value 0.1 }}middle{{ else }}low{{ end }}",
            "middle",
        ),
        (
            "{{ if and (eq $labels.job \"a\" \"shop\") (not false) }}1{{ end }}",
            "1",
        ),
        ("{{ or $labels.nothing \"default\" }}", "default"),
        ("{{ with $labels.job }}{{ . }}{{ else }}none{{ end }}", "shop"),
        ("{{ with $labels.nothing }}{{ . }}{{ else }}none{{ end }}", "none"),
        (
            "{{ range $name, $value := $labels }}{{ $name }}={{ $value }};{{ end }}",
            "instance=web1.textisur.mx:9100;job=shop;",
        ),
        ("{{ range $labels }}{{ break }}{{ else }}empty{{ end }}", ""),
        ("{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}", "2"),
        (
            "{{ define \"a\" }}<{{ . }}>{{ end }}{{ template \"a\" $value }}",
            "<0.25>",
        ),
        ("{{ block \"b\" 7 }}{{ . }}{{ end }}", "7"),
        ("{{ len $labels }} {{ index $labels \"job\" }}", "2 shop"),
        (
            "{{ ne 1 2 }} {{ le 2 2 }} {{ ge 1 2 }} {{ lt \"a\" \"b\" }}",
            "true true false true",
        ),
    ] {
        assert_eq!(render(text), expected, "{text}");
    }
}

#[test]
fn numbers_are_made_readable() {
    for (function, value, expected) in [
        ("humanize", 1_234_567.0, "1.235M"),
        ("humanize", 0.0, "0"),
        ("humanize", 0.0125, "12.5m"),
        ("humanize", f64::NAN, "NaN"),
        ("humanize", -1500.0, "-1.5k"),
        ("humanize1024", 1_610_612_736.0, "1.5Gi"),
        ("humanize1024", 1.0, "1"),
        ("humanizeDuration", 0.0, "0s"),
        ("humanizeDuration", 899.99, "14m 59s"),
        ("humanizeDuration", 93_784.0, "1d 2h 3m 4s"),
        ("humanizeDuration", -3660.0, "-1h 1m 0s"),
        ("humanizeDuration", 1.2345, "1.234s"),
        ("humanizeDuration", 0.0123, "12.3ms"),
        ("humanizeDuration", f64::INFINITY, "+Inf"),
        ("humanizePercentage", 0.12345, "12.35%"),
        (
            "humanizeTimestamp",
            1_435_065_584.128,
            "2015-06-23 13:19:44.128 +0000 UTC",
        ),
    ] {
        let text = format!("{{{{ $value | {function} }}}}");
        assert_eq!(render_with(&text, value).unwrap(), expected, "{value} | {function}");
    }
}

#[test]
fn what_is_no_template_is_refused_when_it_is_read() {
    for (text, line, message) in [
        ("{{ $labels.job", 1, "unclosed action"),
        ("\n{{ nothing }}", 2, "function \"nothing\" not defined"),
        ("{{ $nothing }}", 1, "undefined variable \"$nothing\""),
        ("{{ if true }}", 1, "unexpected EOF"),
        ("{{ end }}", 1, "unexpected {{end}}"),
        ("{{ }}", 1, "missing value for command"),
        ("{{ 1 | 2 }}", 1, "non executable command in pipeline"),
        ("{{ $value 1 }}", 1, "can't give argument to non-function"),
        ("{{ break }}", 1, "{{break}} outside {{range}}"),
    ] {
        let error = render_with(text, 0.0).expect_err(text);
        assert_eq!((error.line, error.message.as_str()), (line, message), "{text}");
    }
}

#[test]
fn what_cannot_be_rendered_says_why_and_ends() {
    for (text, message) in [
        ("{{ $value.job }}", "can't evaluate field job in type float64"),
        (
            "{{ humanize \"x\" }}",
            "error calling humanize: strconv.ParseFloat: parsing \"x\": invalid syntax",
        ),
        (
            "{{ eq $value \"x\" }}",
            "error calling eq: incompatible types for comparison: float64 and string",
        ),
        (
            "{{ toUpper }}",
            "error calling toUpper: wrong number of args: want 1 got 0",
        ),
        ("{{ template \"x\" }}", "template \"x\" not defined"),
        (
            "{{ define \"x\" }}{{ template \"x\" }}{{ end }}{{ template \"x\" }}",
            "templates call each other too deeply",
        ),
    ] {
        assert_eq!(render_with(text, 0.0).expect_err(text).message, message, "{text}");
    }
    let nested = "{{ range 1000 }}{{ range 1000 }}{{ range 1000 }}x{{ end }}{{ end }}{{ end }}";
    assert!(render_with(nested, 0.0).is_err());
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "(\\{\\{|\\}\\}|[ .$|a-c\"`()-:=,0-9]|if|end|range|\\n){0,40}") {
        _ = render_with(&text, 1.0);
    }
}
