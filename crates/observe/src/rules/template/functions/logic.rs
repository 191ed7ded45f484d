//! Comparisons, and access to lists, maps and results of queries.

use std::cmp::Ordering;

use super::super::value::Value;

type Result<T = Value> = std::result::Result<T, String>;

/// The last argument: what `and` and `or` come to when none before decided.
pub(super) fn last(args: &[Value]) -> Result {
    Ok(args.last().cloned().unwrap_or(Value::Nothing))
}

pub(super) fn not(args: &[Value]) -> Result {
    Ok((!args[0].is_true()).into())
}

/// Whether the first equals any of the others.
pub(super) fn eq(args: &[Value]) -> Result {
    for other in &args[1..] {
        if args[0].equals(other)? {
            return Ok(true.into());
        }
    }
    Ok(false.into())
}

pub(super) fn ne(args: &[Value]) -> Result {
    Ok((!args[0].equals(&args[1])?).into())
}

pub(super) fn lt(args: &[Value]) -> Result {
    Ok((args[0].compare(&args[1])? == Ordering::Less).into())
}

pub(super) fn le(args: &[Value]) -> Result {
    Ok((args[0].compare(&args[1])? != Ordering::Greater).into())
}

pub(super) fn gt(args: &[Value]) -> Result {
    Ok((args[0].compare(&args[1])? == Ordering::Greater).into())
}

pub(super) fn ge(args: &[Value]) -> Result {
    Ok((args[0].compare(&args[1])? != Ordering::Less).into())
}

pub(super) fn len(args: &[Value]) -> Result {
    let length = match args[0].plain() {
        Value::Text(text) => text.len(),
        Value::List(items) => items.len(),
        Value::Labels(labels) => labels.len(),
        Value::Texts(texts) => texts.len(),
        Value::Record(fields) => fields.len(),
        other => return Err(format!("len of type {}", other.type_name())),
    };
    Ok(Value::Int(length as i64))
}

/// `index list 1`, `index map "key" "key"`
pub(super) fn index(args: &[Value]) -> Result {
    args[1..]
        .iter()
        .try_fold(args[0].clone(), |value, key| match (value.plain(), key.plain()) {
            (Value::List(items), Value::Int(at)) => usize::try_from(*at)
                .ok()
                .and_then(|at| items.get(at).cloned())
                .ok_or_else(|| format!("index out of range: {at}")),
            (Value::Labels(_) | Value::Texts(_) | Value::Record(_), Value::Text(name)) => value.field(name),
            (other, key) => Err(format!(
                "can't index item of type {} with {}",
                other.type_name(),
                key.type_name()
            )),
        })
}

/// The arguments as `.arg0`, `.arg1` and so on, for `template`.
pub(super) fn args(args: &[Value]) -> Result {
    let named = args
        .iter()
        .enumerate()
        .map(|(index, arg)| (format!("arg{index}"), arg.clone()));
    Ok(Value::Record(std::sync::Arc::new(named.collect())))
}

fn samples(value: &Value) -> Result<&[Value]> {
    match value.plain() {
        Value::List(items) => Ok(items),
        other => Err(format!(
            "wrong type; expected the result of a query; got {}",
            other.type_name()
        )),
    }
}

pub(super) fn first(args: &[Value]) -> Result {
    samples(&args[0])?
        .first()
        .cloned()
        .ok_or_else(|| "first() called on vector with no elements".to_owned())
}

pub(super) fn value(args: &[Value]) -> Result {
    args[0].field("Value")
}

/// The label `__value__`, which some queries give.
pub(super) fn strvalue(args: &[Value]) -> Result {
    args[0].field("Labels")?.field("__value__")
}

/// `label "job" sample`
pub(super) fn label(args: &[Value]) -> Result {
    args[1].field("Labels")?.field(args[0].text()?)
}

/// `sortByLabel "job" samples`
pub(super) fn sort_by_label(args: &[Value]) -> Result {
    let name = args[0].text()?;
    let mut sorted = samples(&args[1])?.to_vec();
    sorted.sort_by_cached_key(|sample| {
        let label = sample.field("Labels").and_then(|labels| labels.field(name));
        label.map(|label| label.to_string()).unwrap_or_default()
    });
    Ok(sorted.into_iter().collect())
}
