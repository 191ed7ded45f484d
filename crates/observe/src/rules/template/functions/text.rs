//! Texts: letters, expressions, addresses.

use std::net::IpAddr;

use regex::Regex;

use super::super::printf;
use super::super::value::Value;
use super::link;
use crate::metrics::matchers::re2;

type Result = std::result::Result<Value, String>;

/// Values one after the other, with spaces between those of which neither is a text (Go's `fmt.Sprint`).
pub(super) fn print(args: &[Value]) -> Result {
    let mut text = String::new();
    for (index, arg) in args.iter().enumerate() {
        let is_text = |value: &Value| matches!(value.plain(), Value::Text(_) | Value::Html(_));
        if index > 0 && !is_text(arg) && !is_text(&args[index - 1]) {
            text.push(' ');
        }
        text.push_str(&arg.to_string());
    }
    Ok(text.into())
}

pub(super) fn println(args: &[Value]) -> Result {
    let texts: Vec<String> = args.iter().map(Value::to_string).collect();
    Ok(format!("{}\n", texts.join(" ")).into())
}

pub(super) fn printf(args: &[Value]) -> Result {
    Ok(printf::format(args[0].text()?, &args[1..]).into())
}

pub(super) fn html(args: &[Value]) -> Result {
    Ok(escape_html(&print(args)?.to_string()).into())
}

pub(in super::super) fn escape_html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&#34;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

pub(super) fn safe_html(args: &[Value]) -> Result {
    args[0].text().map(|text| Value::Html(text.to_owned()))
}

pub(super) fn to_upper(args: &[Value]) -> Result {
    Ok(args[0].text()?.to_uppercase().into())
}

pub(super) fn to_lower(args: &[Value]) -> Result {
    Ok(args[0].text()?.to_lowercase().into())
}

/// The first letter of every word large.
pub(super) fn title(args: &[Value]) -> Result {
    let mut title = String::new();
    let mut inside = false;
    for c in args[0].text()?.chars() {
        if inside {
            title.push(c);
        } else {
            title.extend(c.to_uppercase());
        }
        inside = c.is_alphanumeric() || matches!(c, '_' | '\'');
    }
    Ok(title.into())
}

fn compile(pattern: &str) -> std::result::Result<Regex, String> {
    Regex::new(&re2::to_rust(pattern)).map_err(|error| format!("error parsing regexp: {error}"))
}

/// `match pattern text`: whether the expression is anywhere in the text.
pub(super) fn matches(args: &[Value]) -> Result {
    Ok(compile(args[0].text()?)?.is_match(args[1].text()?).into())
}

/// `reReplaceAll pattern replacement text`
pub(super) fn replace_all(args: &[Value]) -> Result {
    let (pattern, replacement, text) = (args[0].text()?, args[1].text()?, args[2].text()?);
    Ok(compile(pattern)?.replace_all(text, replacement).into_owned().into())
}

/// `10.0.0.1:9100` without the port
pub(super) fn strip_port(args: &[Value]) -> Result {
    let text = args[0].text()?;
    Ok(split_port(text).map_or(text, |(host, _)| host).into())
}

fn split_port(text: &str) -> Option<(&str, &str)> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, port) = rest.split_once("]:")?;
        return Some((host, port));
    }
    text.split_once(':').filter(|(_, port)| !port.contains(':'))
}

/// `web1.textisur.mx:9100` as `web1:9100`; addresses stay
pub(super) fn strip_domain(args: &[Value]) -> Result {
    let text = args[0].text()?;
    let (host, port) = split_port(text).map_or((text, None), |(host, port)| (host, Some(port)));
    let is_address = host.parse::<IpAddr>().is_ok();
    let short = if is_address {
        host
    } else {
        host.split('.').next().unwrap_or(host)
    };
    Ok(match port {
        _ if is_address => text.into(),
        Some(port) => format!("{short}:{port}").into(),
        None => short.into(),
    })
}

pub(super) fn graph_link(args: &[Value]) -> Result {
    Ok(link(args[0].text()?, true).into())
}

pub(super) fn table_link(args: &[Value]) -> Result {
    Ok(link(args[0].text()?, false).into())
}

pub(super) fn url_query(args: &[Value]) -> Result {
    Ok(query_escape(&args[0].to_string()).into())
}

/// As a value in a query string, a space as `+`.
pub(super) fn query_escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => escaped.push(char::from(byte)),
            b' ' => escaped.push('+'),
            byte => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}
