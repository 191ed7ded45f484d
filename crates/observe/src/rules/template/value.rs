//! What templates work with.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::metrics::labels::Labels;
use crate::metrics::promql::number::general;

/// A value. Go's types, as far as alerts meet them.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `nil`, or what is not there.
    Nothing,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// Several values.
    List(Arc<[Value]>),
    /// Texts by name; a name that is not there is an empty text.
    Labels(Labels),
    /// Texts by name, empty ones too; a name that is not there is an empty text.
    Texts(Arc<BTreeMap<String, String>>),
    /// Values by name.
    Record(Arc<BTreeMap<String, Value>>),
    /// A text that is HTML already: not escaped again where a page is written.
    Html(String),
    /// A value that has methods besides: Go's named types.
    Typed(Arc<Typed>),
}

/// A value with methods.
#[derive(Debug)]
pub struct Typed {
    /// What is printed, ranged over and compared.
    pub value: Value,
    /// What has the methods.
    pub object: Box<dyn Object>,
}

/// What has methods.
pub trait Object: fmt::Debug + Send + Sync {
    /// Calls a method; none when there is none of this name.
    fn method(&self, name: &str, args: &[Value]) -> Option<Result<Value, String>>;
}

impl PartialEq for Typed {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Value {
    /// A record of these fields.
    pub fn record<const N: usize>(fields: [(&str, Value); N]) -> Self {
        Self::Record(Arc::new(
            fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        ))
    }

    /// A value with methods.
    pub fn typed(value: Value, object: impl Object + 'static) -> Self {
        Self::Typed(Arc::new(Typed {
            value,
            object: Box::new(object),
        }))
    }

    /// The value without its methods.
    pub fn plain(&self) -> &Value {
        match self {
            Self::Typed(typed) => typed.value.plain(),
            other => other,
        }
    }

    /// What Go takes for true: everything but `false`, 0, nothing and what is empty.
    pub fn is_true(&self) -> bool {
        match self {
            Self::Html(text) => !text.is_empty(),
            Self::Typed(typed) => typed.value.is_true(),
            Self::Nothing => false,
            Self::Bool(value) => *value,
            Self::Int(value) => *value != 0,
            Self::Number(value) => *value != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::List(items) => !items.is_empty(),
            Self::Labels(labels) => !labels.is_empty(),
            Self::Texts(texts) => !texts.is_empty(),
            Self::Record(fields) => !fields.is_empty(),
        }
    }

    /// `.name` of it.
    pub(super) fn field(&self, name: &str) -> Result<Value, String> {
        match self {
            Self::Typed(typed) => match typed.object.method(name, &[]) {
                Some(result) => result,
                None => typed.value.field(name),
            },
            Self::Labels(labels) => Ok(Self::Text(labels.get(name).to_owned())),
            Self::Texts(texts) => Ok(Self::Text(texts.get(name).cloned().unwrap_or_default())),
            Self::Record(fields) => Ok(fields.get(name).cloned().unwrap_or(Self::Nothing)),
            Self::Nothing => Err(format!("nil data; no entry for key {name:?}")),
            other => Err(format!("can't evaluate field {name} in type {}", other.type_name())),
        }
    }

    /// Calls a method of it.
    pub(super) fn call(&self, name: &str, args: &[Value]) -> Result<Value, String> {
        let called = match self {
            Self::Typed(typed) => typed.object.method(name, args),
            _ => None,
        };
        called.unwrap_or_else(|| Err(format!("{name} is not a method but has arguments")))
    }

    /// Go's name of its type.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::Nothing => "nil",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Number(_) => "float64",
            Self::Text(_) => "string",
            Self::List(_) => "slice",
            Self::Labels(_) | Self::Texts(_) => "map[string]string",
            Self::Record(_) => "map[string]interface {}",
            Self::Html(_) => "template.HTML",
            Self::Typed(typed) => typed.value.type_name(),
        }
    }

    /// As a number, which texts may be too.
    ///
    /// # Errors
    /// When it is none.
    pub fn number(&self) -> Result<f64, String> {
        match self.plain() {
            Self::Int(value) => Ok(*value as f64),
            Self::Number(value) => Ok(*value),
            Self::Text(text) => text
                .trim()
                .parse()
                .map_err(|_| format!("strconv.ParseFloat: parsing {text:?}: invalid syntax")),
            other => Err(format!("can't convert {} to float", other.type_name())),
        }
    }

    /// As a text; nothing else is one.
    ///
    /// # Errors
    /// When it is none.
    pub fn text(&self) -> Result<&str, String> {
        match self.plain() {
            Self::Text(text) | Self::Html(text) => Ok(text),
            other => Err(format!("wrong type; expected string; got {}", other.type_name())),
        }
    }

    /// Its place relative to another of the same kind.
    pub(super) fn compare(&self, other: &Value) -> Result<Ordering, String> {
        let incomparable = || {
            format!(
                "incompatible types for comparison: {} and {}",
                self.type_name(),
                other.type_name()
            )
        };
        match (self.plain(), other.plain()) {
            (Self::Text(one), Self::Text(other)) => Ok(one.cmp(other)),
            (Self::Int(one), Self::Int(other)) => Ok(one.cmp(other)),
            (Self::Int(_) | Self::Number(_), Self::Int(_) | Self::Number(_)) => {
                // NaN is neither less nor equal.
                Ok(self
                    .number()?
                    .partial_cmp(&other.number()?)
                    .unwrap_or(Ordering::Greater))
            }
            _ => Err(incomparable()),
        }
    }

    /// Whether it equals another of the same kind.
    pub(super) fn equals(&self, other: &Value) -> Result<bool, String> {
        match (self.plain(), other.plain()) {
            (Self::Bool(one), Self::Bool(other)) => Ok(one == other),
            (Self::Nothing, other) | (other, Self::Nothing) => Ok(*other == Self::Nothing),
            _ => self.compare(other).map(|order| order == Ordering::Equal),
        }
    }
}

/// As Go prints it (`%v`).
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("<no value>"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Number(value) => f.write_str(&general(*value)),
            Self::Text(text) | Self::Html(text) => f.write_str(text),
            Self::Typed(typed) => typed.value.fmt(f),
            Self::List(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if index > 0 { " " } else { "" })?;
                }
                f.write_str("]")
            }
            Self::Labels(labels) => write_map(f, labels.iter()),
            Self::Texts(texts) => write_map(f, texts.iter()),
            Self::Record(fields) => write_map(f, fields.iter()),
        }
    }
}

fn write_map<'a, N: fmt::Display, V: fmt::Display + 'a>(
    f: &mut fmt::Formatter<'_>,
    pairs: impl Iterator<Item = (N, V)>,
) -> fmt::Result {
    f.write_str("map[")?;
    for (index, (name, value)) in pairs.enumerate() {
        write!(f, "{}{name}:{value}", if index > 0 { " " } else { "" })?;
    }
    f.write_str("]")
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl FromIterator<Value> for Value {
    fn from_iter<I: IntoIterator<Item = Value>>(items: I) -> Self {
        Self::List(items.into_iter().collect())
    }
}
