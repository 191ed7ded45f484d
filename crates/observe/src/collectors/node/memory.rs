//! Memory, from `/proc/meminfo` and `/proc/vmstat`.

use super::{Kind, Page, Paths, Problem};

pub(super) fn meminfo(paths: &Paths, page: &mut Page) -> Result<(), Problem> {
    let info = paths.proc("meminfo")?;
    for line in info.lines() {
        let Some((key, rest)) = line.split_once(':') else {
            continue;
        };
        // `Active(anon)` is told as `Active_anon`.
        let key = key.replace('(', "_").replace(')', "");
        let mut words = rest.split_ascii_whitespace();
        let number = info.number(words.next().unwrap_or_default())?;
        let (name, value) = match words.next() {
            Some("kB") => (format!("{key}_bytes"), number * 1024.0),
            _ => (key, number),
        };
        page.single(
            &format!("node_memory_{name}"),
            &format!("Memory information field {name}."),
            Kind::Gauge,
            value,
        );
    }
    Ok(())
}

pub(super) fn vmstat(paths: &Paths, page: &mut Page) -> Result<(), Problem> {
    let stat = paths.proc("vmstat")?;
    for line in stat.lines() {
        let Some((field, number)) = line.split_once(' ') else {
            continue;
        };
        if is_told(field) {
            page.single(
                &format!("node_vmstat_{field}"),
                &format!("/proc/vmstat information field {field}."),
                Kind::Untyped,
                stat.number(number)?,
            );
        }
    }
    Ok(())
}

/// `^(oom_kill|pgpg|pswp|pg.*fault).*`
fn is_told(field: &str) -> bool {
    ["oom_kill", "pgpg", "pswp"]
        .iter()
        .any(|start| field.starts_with(start))
        || (field.starts_with("pg") && field.contains("fault"))
}
