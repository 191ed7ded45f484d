//! A letter's HTML, made from its text: paragraphs, rules and links, nothing that has to be fetched.

use std::fmt::Write as _;

const STYLE: &str = "margin:0;padding:24px 16px;background:#f3f5f4;color:#1d2a2c;font:16px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif";
const SHEET: &str =
    "max-width:34em;margin:0 auto;padding:20px 24px;background:#ffffff;border-top:6px solid #008080;border-radius:10px";

/// The whole document. Blank lines part paragraphs, `--` is a rule, https and http addresses are links.
pub fn html(subject: &str, text: &str) -> String {
    let mut out = format!(
        "<!doctype html><html lang=\"es-MX\"><head><meta charset=\"utf-8\"><title>{}</title></head>\
         <body style=\"{STYLE}\"><div style=\"{SHEET}\">",
        escape(subject)
    );
    for paragraph in text
        .split("\n\n")
        .map(str::trim)
        .filter(|paragraph| !paragraph.is_empty())
    {
        if paragraph == "--" {
            out.push_str("<hr style=\"border:0;border-top:1px solid #d9e0df;margin:1.5em 0\">");
            continue;
        }
        out.push_str("<p style=\"margin:0 0 1em\">");
        for (n, line) in paragraph.lines().enumerate() {
            if n > 0 {
                out.push_str("<br>");
            }
            for (n, word) in line.split(' ').enumerate() {
                if n > 0 {
                    out.push(' ');
                }
                put_word(&mut out, word);
            }
        }
        out.push_str("</p>");
    }
    out.push_str("</div></body></html>");
    out
}

/// A word, which may be an address with punctuation after it.
fn put_word(out: &mut String, word: &str) {
    let address = word.trim_end_matches(['.', ',', ';', ':', ')', '!', '?']);
    if address.starts_with("https://") || address.starts_with("http://") {
        let (address, rest) = (escape(address), escape(&word[address.len()..]));
        // Writing to a string cannot fail.
        let _ = write!(out, "<a href=\"{address}\" style=\"color:#006b6b\">{address}</a>{rest}");
    } else {
        out.push_str(&escape(word));
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::html;

    #[test]
    fn paragraphs_links_and_a_rule() {
        let html = html(
            "Hola",
            "Hola, Ana:\n\nEntra a http://localhost:3000/orders/7.\n\n--\n\nHello",
        );
        assert!(html.contains("<p style=\"margin:0 0 1em\">Hola, Ana:</p>"));
        assert!(html.contains("<a href=\"http://localhost:3000/orders/7\""));
        assert!(
            html.contains("</a>.</p><hr "),
            "the full stop is not part of the address: {html}"
        );
    }

    #[test]
    fn a_name_is_a_name_and_no_markup() {
        let html = html("<b>", "Hola, <script>alert(1)</script> https://x/\"onclick=\"y");
        assert!(!html.contains("<script>") && !html.contains("\"onclick") && html.contains("&lt;b&gt;"));
    }
}
