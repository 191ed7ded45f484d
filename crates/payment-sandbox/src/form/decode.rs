//! `application/x-www-form-urlencoded` with brackets, into a tree.
//!
//! `a[b]=1` nests, `a[0]=x` and `a[]=x` make lists, a repeated plain key keeps its last value; a list is a map whose
//! keys are its positions, so that an error can name `line_items[0][quantity]` as Stripe does.

use std::borrow::Cow;

use crate::error::ApiError;

/// More parameters than any real request has; beyond it the body is refused rather than walked.
const MAX_PAIRS: usize = 4_000;
const MAX_DEPTH: usize = 8;

/// One value of a decoded form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    Text(String),
    Map(Vec<(String, Node)>),
}

/// The body or query string as a tree, in order of first appearance.
pub(crate) fn decode(encoded: &[u8]) -> Result<Vec<(String, Node)>, ApiError> {
    let mut root = Vec::new();
    let pairs = encoded.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty());
    for (index, pair) in pairs.enumerate() {
        if index >= MAX_PAIRS {
            return Err(ApiError::invalid("The request has too many parameters."));
        }
        let split = pair.iter().position(|byte| *byte == b'=');
        let (key, value) = split.map_or((pair, &pair[pair.len()..]), |at| (&pair[..at], &pair[at + 1..]));
        let (key, value) = (text(key)?, text(value)?.into_owned());
        insert(&mut root, &key, value)?;
    }
    Ok(root)
}

fn insert(root: &mut Vec<(String, Node)>, key: &str, value: String) -> Result<(), ApiError> {
    let (head, rest) = key.split_once('[').map_or((key, ""), |(head, rest)| (head, rest));
    if head.is_empty() {
        return Err(ApiError::invalid(format!(
            "Invalid request: the parameter name '{key}' is malformed."
        )));
    }
    let mut path = Vec::with_capacity(4);
    if !rest.is_empty() {
        let inner = rest
            .strip_suffix(']')
            .ok_or_else(|| ApiError::invalid(format!("Invalid request: the parameter name '{key}' is malformed.")))?;
        path.extend(inner.split("]["));
    }
    if path.len() > MAX_DEPTH {
        return Err(ApiError::invalid("The request's parameters are nested too deeply."));
    }
    place(root, head, &path, value);
    Ok(())
}

fn place(entries: &mut Vec<(String, Node)>, key: &str, path: &[&str], value: String) {
    let found = match key {
        // `a[]`: the next position, or the last one while it still lacks what is being set (`a[][x]=1&a[][y]=2`).
        "" => entries
            .iter()
            .rposition(|(_, node)| lacks(node, path))
            .filter(|at| at + 1 == entries.len()),
        key => entries.iter().position(|(name, _)| name == key),
    };
    let at = found.unwrap_or_else(|| {
        let name = if key.is_empty() {
            entries.len().to_string()
        } else {
            key.to_owned()
        };
        entries.push((
            name,
            if path.is_empty() {
                Node::Text(String::new())
            } else {
                Node::Map(Vec::new())
            },
        ));
        entries.len() - 1
    });
    let node = &mut entries[at].1;
    match path.split_first() {
        None => *node = Node::Text(value),
        Some((next, rest)) => {
            if !matches!(node, Node::Map(_)) {
                *node = Node::Map(Vec::new());
            }
            if let Node::Map(children) = node {
                place(children, next, rest, value);
            }
        }
    }
}

fn lacks(node: &Node, path: &[&str]) -> bool {
    match (node, path.first()) {
        (Node::Map(children), Some(next)) => !next.is_empty() && children.iter().all(|(name, _)| name != next),
        _ => false,
    }
}

/// Percent-decoding with `+` as space; not UTF-8 is refused.
fn text(bytes: &[u8]) -> Result<Cow<'_, str>, ApiError> {
    let plain = !bytes.iter().any(|byte| matches!(byte, b'%' | b'+'));
    let decoded = if plain {
        Cow::Borrowed(bytes)
    } else {
        Cow::Owned(unescape(bytes))
    };
    let invalid = || ApiError::invalid("Invalid request: parameters must be encoded as UTF-8.");
    Ok(match decoded {
        Cow::Borrowed(bytes) => Cow::Borrowed(std::str::from_utf8(bytes).map_err(|_| invalid())?),
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8(bytes).map_err(|_| invalid())?),
    })
}

fn unescape(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = |offset: usize| bytes.get(at + offset).and_then(|byte| char::from(*byte).to_digit(16));
        match (bytes[at], hex(1), hex(2)) {
            (b'%', Some(high), Some(low)) => {
                out.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                at += 2;
            }
            (b'+', ..) => out.push(b' '),
            (byte, ..) => out.push(byte),
        }
        at += 1;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(nodes: &[(String, Node)], prefix: &str, out: &mut Vec<String>) {
        for (key, node) in nodes {
            let name = if prefix.is_empty() {
                key.clone()
            } else {
                format!("{prefix}.{key}")
            };
            match node {
                Node::Text(value) => out.push(format!("{name}={value}")),
                Node::Map(children) => flat(children, &name, out),
            }
        }
    }

    fn decoded(encoded: &str) -> Vec<String> {
        let mut out = Vec::new();
        flat(&decode(encoded.as_bytes()).expect("a valid form"), "", &mut out);
        out
    }

    #[test]
    fn nested_and_escaped_names_make_the_same_tree() {
        let expected = [
            "line_items.0.price_data.product_data.name=Suéter de lana",
            "mode=payment",
        ];
        assert_eq!(
            decoded("line_items[0][price_data][product_data][name]=Su%C3%A9ter+de+lana&mode=payment"),
            expected
        );
        assert_eq!(
            decoded(
                "line_items%5B0%5D%5Bprice_data%5D%5Bproduct_data%5D%5Bname%5D=Su%C3%A9ter%20de%20lana&mode=payment"
            ),
            expected
        );
    }

    #[test]
    fn empty_brackets_append_and_fill_the_last_element() {
        assert_eq!(decoded("expand[]=a&expand[]=b"), ["expand.0=a", "expand.1=b"]);
        assert_eq!(
            decoded("i[][price]=p1&i[][quantity]=1&i[][price]=p2&i[][quantity]=2"),
            ["i.0.price=p1", "i.0.quantity=1", "i.1.price=p2", "i.1.quantity=2"]
        );
    }

    #[test]
    fn a_repeated_key_keeps_its_last_value_and_odd_escapes_stay() {
        assert_eq!(decoded("a=1&a=2&b=100%25&c=%zz&d"), ["a=2", "b=100%", "c=%zz", "d="]);
    }

    #[test]
    fn malformed_deep_and_endless_names_are_refused() {
        assert!(decode(b"a[b=1").is_err());
        assert!(decode(b"[a]=1").is_err());
        assert!(decode(b"a=%ff").is_err());
        assert!(decode(format!("a{}=1", "[b]".repeat(9)).as_bytes()).is_err());
        assert!(decode("a=1&".repeat(4_001).as_bytes()).is_err());
    }
}
