//! Which operating system it is.

use std::collections::HashMap;

use super::{Kind, Page, Paths, Problem, Text};

/// Labels of `node_os_info`, each the key of os-release(5) in lower case.
const KEYS: [&str; 12] = [
    "build_id",
    "id",
    "id_like",
    "image_id",
    "image_version",
    "name",
    "pretty_name",
    "variant",
    "variant_id",
    "version",
    "version_codename",
    "version_id",
];

pub(super) fn os(paths: &Paths, page: &mut Page) -> Result<(), Problem> {
    let file = match Text::read(paths.rootfs.join("etc/os-release")) {
        Err(problem) if problem.is_missing() => Text::read(paths.rootfs.join("usr/lib/os-release"))?,
        file => file?,
    };
    let values: HashMap<String, String> = file
        .lines()
        .filter_map(|line| line.trim().split_once('='))
        .map(|(key, value)| (key.to_ascii_lowercase(), unquote(value)))
        .collect();
    let value = |key: &str| values.get(key).map_or("", String::as_str);
    page.family(
        "node_os_info",
        "A metric with a constant '1' value labeled by build_id, id, id_like, image_id, image_version, name, pretty_name, variant, \
         variant_id, version, version_codename, version_id.",
        Kind::Gauge,
    )
    .sample(&KEYS.map(|key| (key, value(key))), 1.0);
    // `12`, `22.04`, of a third part nothing.
    let number = value("version_id");
    let digits = |text: &str| text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let major = digits(number);
    let whole = match number[major..].strip_prefix('.').map(digits) {
        Some(minor @ 1..) => &number[..=major + minor],
        _ => &number[..major],
    };
    if let Ok(version) = whole.parse() {
        page.family(
            "node_os_version",
            "Metric containing the major.minor part of the OS version.",
            Kind::Gauge,
        )
        .sample(&["id", "id_like", "name"].map(|key| (key, value(key))), version);
    }
    Ok(())
}

/// As a shell reads it: in single or double quotes, of which the latter know a backslash.
fn unquote(value: &str) -> String {
    let value = value.trim();
    if let Some(inner) = value.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        return inner.to_owned();
    }
    let inner = value
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(value);
    let mut plain = String::new();
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => plain.extend(letters.next()),
            letter => plain.push(letter),
        }
    }
    plain
}

/// This very machine's: there is no file to ask another's.
pub(super) fn uname(_: &Paths, page: &mut Page) -> Result<(), Problem> {
    let name = rustix::system::uname();
    let labels = [
        ("sysname", name.sysname()),
        ("release", name.release()),
        ("version", name.version()),
        ("machine", name.machine()),
        ("nodename", name.nodename()),
        ("domainname", name.domainname()),
    ]
    .map(|(label, text)| (label, text.to_string_lossy()));
    let labels: Vec<(&str, &str)> = labels.iter().map(|(label, text)| (*label, text.as_ref())).collect();
    page.family(
        "node_uname_info",
        "Labeled system information as provided by the uname system call.",
        Kind::Gauge,
    )
    .sample(&labels, 1.0);
    Ok(())
}

pub(super) fn selinux(paths: &Paths, page: &mut Page) -> Result<(), Problem> {
    let enforce = paths.sys("fs/selinux/enforce");
    page.single(
        "node_selinux_enabled",
        "SELinux is enabled, 1 is true, 0 is false",
        Kind::Gauge,
        f64::from(enforce.is_ok()),
    );
    let Ok(enforce) = enforce else { return Ok(()) };
    let configured = Text::read(paths.rootfs.join("etc/selinux/config"))?;
    let mode = configured.lines().find_map(|line| line.trim().strip_prefix("SELINUX="));
    let mode = match mode.map(str::trim) {
        Some("enforcing") => 1.0,
        Some("permissive") => 0.0,
        _ => -1.0,
    };
    page.single(
        "node_selinux_config_mode",
        "Configured SELinux enforcement mode",
        Kind::Gauge,
        mode,
    );
    page.single(
        "node_selinux_current_mode",
        "Current SELinux enforcement mode",
        Kind::Gauge,
        enforce.only()?,
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_a_shell_reads_them() {
        for (written, read) in [
            ("12", "12"),
            ("\"Debian \\\"12\\\"\"", "Debian \"12\""),
            ("'a\\b'", "a\\b"),
            ("", ""),
        ] {
            assert_eq!(unquote(written), read);
        }
    }
}
