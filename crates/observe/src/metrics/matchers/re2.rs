//! From RE2's syntax, which Prometheus speaks, to that of the `regex` crate, where they differ.
//!
//! * `{` that begins no repetition is a letter;
//! * `\Q…\E` quotes;
//! * `\d`, `\w`, `\s` and `\b` know ASCII only;
//! * inside brackets, `[`, `&&`, `--` and `~~` have no meaning of their own.

/// The same expression for the `regex` crate. What is wrong stays wrong and is refused there.
pub(crate) fn to_rust(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern;
    let mut in_class = false;
    while let Some(c) = rest.chars().next() {
        let taken = match c {
            '\\' => escape(rest, in_class, &mut out),
            '[' if !in_class => {
                in_class = true;
                class_start(rest, &mut out)
            }
            '[' if rest.starts_with("[:") => copy(rest, posix_class(rest), &mut out),
            '[' => literal(c, &mut out),
            ']' if in_class => {
                in_class = false;
                copy(rest, 1, &mut out)
            }
            '&' | '~' if in_class => literal(c, &mut out),
            '-' if in_class && rest.starts_with("--") => literal(c, &mut out),
            '{' if !in_class && repetition(rest).is_none() => literal(c, &mut out),
            _ => copy(rest, c.len_utf8(), &mut out),
        };
        rest = &rest[taken..];
    }
    out
}

fn copy(rest: &str, length: usize, out: &mut String) -> usize {
    out.push_str(&rest[..length]);
    length
}

fn literal(c: char, out: &mut String) -> usize {
    out.push('\\');
    out.push(c);
    c.len_utf8()
}

/// `[`, `[^`, and a `]` right after them, which is a letter.
fn class_start(rest: &str, out: &mut String) -> usize {
    let mut length = if rest.starts_with("[^") { 2 } else { 1 };
    out.push_str(&rest[..length]);
    if rest[length..].starts_with(']') {
        out.push_str("\\]");
        length += 1;
    }
    length
}

/// The length of `[:alpha:]`, or 1 where it is not closed.
fn posix_class(rest: &str) -> usize {
    rest.find(":]").map_or(1, |end| end + 2)
}

fn escape(rest: &str, in_class: bool, out: &mut String) -> usize {
    let Some(c) = rest[1..].chars().next() else {
        return copy(rest, 1, out);
    };
    match c {
        'Q' if !in_class => {
            let quoted = &rest[2..];
            let (text, length) = quoted
                .find("\\E")
                .map_or((quoted, rest.len()), |end| (&quoted[..end], end + 4));
            out.push_str(&regex::escape(text));
            return length;
        }
        'd' => out.push_str(if in_class { "0-9" } else { "[0-9]" }),
        'w' => out.push_str(if in_class { "0-9A-Za-z_" } else { "[0-9A-Za-z_]" }),
        's' => out.push_str(if in_class { r"\t\n\f\r " } else { r"[\t\n\f\r ]" }),
        'D' => out.push_str("[^0-9]"),
        'W' => out.push_str("[^0-9A-Za-z_]"),
        'S' => out.push_str(r"[^\t\n\f\r ]"),
        'b' | 'B' if !in_class => out.push_str(if c == 'b' { r"(?-u:\b)" } else { r"(?-u:\B)" }),
        _ => return copy(rest, 1 + c.len_utf8(), out),
    }
    2
}

/// The text of `{n}`, `{n,}` or `{n,m}`.
fn repetition(rest: &str) -> Option<&str> {
    let inside = rest.strip_prefix('{')?.split_once('}')?.0;
    let (least, most) = inside.split_once(',').unwrap_or((inside, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    (!least.is_empty() && digits(least) && digits(most)).then_some(inside)
}

#[cfg(test)]
mod tests {
    use super::super::anchored;

    #[test]
    fn what_differs_is_translated() {
        for (pattern, matching, other) in [
            ("a{b}c", "a{b}c", "abc"),
            ("a{2}", "aa", "a{2}"),
            (r"\Qa.b\E+", "a.bb", "axb"),
            (r"\d+", "12", "१२"),
            (r"[\w-]+", "a-b", "ñ"),
            ("[[a]", "[", "b"),
            ("[a&&b]", "&", "c"),
            ("[]a]+", "]a", "b"),
            ("[[:alpha:]]+", "ab", "1"),
            (r"\S+", "ab", "a b"),
        ] {
            let regex = anchored(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
            assert!(regex.is_match(matching), "{pattern} should match {matching}");
            assert!(!regex.is_match(other), "{pattern} should not match {other}");
        }
    }
}
