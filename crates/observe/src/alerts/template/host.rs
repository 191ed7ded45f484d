//! Functions that templates of notifications have besides the common ones.

use super::super::Clock;
use super::super::config::zone::Zone;
use super::go_time::format;
use super::times;
use crate::rules::template::{Host, Value};

pub(super) struct Functions {
    pub(super) clock: Clock,
}

const NAMES: [&str; 7] = ["date", "join", "since", "stringSlice", "title", "trimSpace", "tz"];

impl Host for Functions {
    fn has(&self, name: &str) -> bool {
        NAMES.contains(&name)
    }

    fn call(&self, name: &str, args: &[Value]) -> Result<Value, String> {
        match (name, args) {
            ("date", [layout, time]) => Ok(format(times::read(time)?, layout.text()?).into()),
            ("join", [separator, list]) => join(separator.text()?, list),
            ("since", [time]) => Ok(times::duration((self.clock)() - times::read(time)?)),
            ("stringSlice", texts) => Ok(texts.iter().cloned().collect()),
            ("title", [text]) => Ok(title(text.text()?).into()),
            ("trimSpace", [text]) => Ok(text.text()?.trim().into()),
            ("tz", [zone, time]) => Ok(times::time(Zone::load(zone.text()?)?.local(times::read(time)?))),
            (_, args) => Err(format!("wrong number of args: got {}", args.len())),
        }
    }
}

fn join(separator: &str, list: &Value) -> Result<Value, String> {
    let Value::List(items) = list.plain() else {
        return Err(format!("wrong type; expected []string; got {list}"));
    };
    let texts: Vec<&str> = items.iter().map(Value::text).collect::<Result<_, _>>()?;
    Ok(texts.join(separator).into())
}

/// Every word with one capital, at its beginning.
fn title(text: &str) -> String {
    let mut title = String::with_capacity(text.len());
    let mut inside = false;
    for c in text.chars() {
        if inside {
            title.extend(c.to_lowercase());
        } else {
            title.extend(c.to_uppercase());
        }
        inside = c.is_alphanumeric() || matches!(c, '_' | '\'');
    }
    title
}
