//! From OpenMetrics, which `prometheus-client` writes, to the older Prometheus text format, which everything reads.

/// Whether an `Accept` header prefers OpenMetrics to plain text.
pub(super) fn preferred(accept: &str) -> bool {
    let quality_of = |wanted: &str| {
        accept
            .split(',')
            .filter_map(|range| {
                let mut parts = range.split(';').map(str::trim);
                parts.next().filter(|media| media.eq_ignore_ascii_case(wanted))?;
                let quality = parts
                    .find_map(|part| part.strip_prefix("q="))
                    .map_or(Ok(1.0), str::parse::<f32>);
                Some(quality.unwrap_or(0.0))
            })
            .fold(0.0_f32, f32::max)
    };
    let open = quality_of("application/openmetrics-text");
    open > 0.0 && open >= quality_of("text/plain")
}

/// Prometheus text 0.0.4: `_total` and `_info` belong to the family's name, no `# UNIT`, no `# EOF`, no exemplars, and the types that
/// the format does not know become those it does.
pub(super) fn to_prometheus_text(openmetrics: &str) -> String {
    let mut text = String::with_capacity(openmetrics.len());
    let mut help = None;
    for line in openmetrics.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            // The suffix is known only with the type, on the next line.
            help = rest.split_once(' ');
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap_or((rest, "unknown"));
            let (suffix, kind) = match kind {
                "counter" => ("_total", "counter"),
                "info" => ("_info", "gauge"),
                "stateset" => ("", "gauge"),
                "unknown" => ("", "untyped"),
                known => ("", known),
            };
            if let Some((_, help)) = help.take().filter(|(named, _)| *named == name) {
                text.extend(["# HELP ", name, suffix, " ", help.trim_end_matches('.'), "\n"]);
            }
            text.extend(["# TYPE ", name, suffix, " ", kind, "\n"]);
        } else if !line.starts_with('#') && !line.is_empty() {
            text.extend([without_exemplar(line), "\n"]);
        }
    }
    text
}

/// Cuts ` # {…} …` after the value; a ` # ` inside a label value stays.
fn without_exemplar(line: &str) -> &str {
    let mut quoted = false;
    let mut escaped = false;
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'#' if !quoted => return line[..at].trim_end(),
            _ => {}
        }
    }
    line
}
