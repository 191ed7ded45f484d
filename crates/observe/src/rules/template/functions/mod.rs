//! The functions of templates.

mod human;
mod logic;
pub(super) mod text;

use super::value::Value;

/// What functions need that depends on where a template is rendered: `query`, `externalURL`, `pathPrefix` of an alert,
/// more of a notification.
pub trait Host {
    /// Whether there is a function of this name.
    fn has(&self, name: &str) -> bool;

    /// Calls it.
    ///
    /// # Errors
    /// What is wrong with the arguments, or has gone wrong.
    fn call(&self, name: &str, args: &[Value]) -> Result<Value, String>;
}

/// No functions besides the built-in ones.
#[derive(Debug, Clone, Copy)]
pub struct NoHost;

impl Host for NoHost {
    fn has(&self, _: &str) -> bool {
        false
    }

    fn call(&self, name: &str, _: &[Value]) -> Result<Value, String> {
        Err(format!("function {name:?} not defined"))
    }
}

type Function = fn(&[Value]) -> Result<Value, String>;

/// All of them, with the fewest and the most arguments each takes.
const BUILTINS: &[(&str, usize, usize, Function)] = &[
    // Go's own.
    ("and", 1, usize::MAX, logic::last),
    ("eq", 2, usize::MAX, logic::eq),
    ("ge", 2, 2, logic::ge),
    ("gt", 2, 2, logic::gt),
    ("html", 1, usize::MAX, text::html),
    ("index", 1, usize::MAX, logic::index),
    ("le", 2, 2, logic::le),
    ("len", 1, 1, logic::len),
    ("lt", 2, 2, logic::lt),
    ("ne", 2, 2, logic::ne),
    ("not", 1, 1, logic::not),
    ("or", 1, usize::MAX, logic::last),
    ("print", 0, usize::MAX, text::print),
    ("printf", 1, usize::MAX, text::printf),
    ("println", 0, usize::MAX, text::println),
    ("urlquery", 1, 1, text::url_query),
    // Prometheus's.
    ("args", 0, usize::MAX, logic::args),
    ("first", 1, 1, logic::first),
    ("graphLink", 1, 1, text::graph_link),
    ("humanize", 1, 1, human::humanize),
    ("humanize1024", 1, 1, human::humanize1024),
    ("humanizeDuration", 1, 1, human::humanize_duration),
    ("humanizePercentage", 1, 1, human::humanize_percentage),
    ("humanizeTimestamp", 1, 1, human::humanize_timestamp),
    ("label", 2, 2, logic::label),
    ("match", 2, 2, text::matches),
    ("parseDuration", 1, 1, human::parse_duration),
    ("reReplaceAll", 3, 3, text::replace_all),
    ("safeHtml", 1, 1, text::safe_html),
    ("sortByLabel", 2, 2, logic::sort_by_label),
    ("stripDomain", 1, 1, text::strip_domain),
    ("stripPort", 1, 1, text::strip_port),
    ("strvalue", 1, 1, logic::strvalue),
    ("tableLink", 1, 1, text::table_link),
    ("title", 1, 1, text::title),
    ("toDuration", 1, 1, human::humanize_duration),
    ("toLower", 1, 1, text::to_lower),
    ("toTime", 1, 1, human::humanize_timestamp),
    ("toUpper", 1, 1, text::to_upper),
    ("urlQueryEscape", 1, 1, text::url_query),
    ("value", 1, 1, logic::value),
];

pub(super) fn is_builtin(name: &str) -> bool {
    BUILTINS.iter().any(|(other, ..)| *other == name)
}

/// Calls a built-in function; none when there is none of this name.
pub(super) fn call(name: &str, args: &[Value]) -> Option<Result<Value, String>> {
    let (_, fewest, most, function) = BUILTINS.iter().find(|(other, ..)| *other == name)?;
    if (*fewest..=*most).contains(&args.len()) {
        return Some(function(args));
    }
    let wanted = if fewest == most {
        fewest.to_string()
    } else {
        format!("at least {fewest}")
    };
    Some(Err(format!("wrong number of args: want {wanted} got {}", args.len())))
}

/// The path under which a query is shown: `/graph?g0.expr=…&g0.tab=1`, a table unless it is to be drawn.
pub fn link(expression: &str, draws: bool) -> String {
    let escaped = text::query_escape(expression);
    format!("/graph?g0.expr={escaped}&g0.tab={}", u8::from(!draws))
}
