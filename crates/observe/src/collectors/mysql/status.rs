//! `SHOW GLOBAL STATUS`: families by the beginning of their names, the rest one by one.

use sqlx::mysql::MySqlConnection;

use super::value::{name, number};
use super::{Kind, Page, pairs};

/// The families: how their variables begin, their name, help, kind and label.
const FAMILIES: [Family; 7] = [
    Family::of(
        "com_",
        "commands_total",
        "Total number of executed MySQL commands.",
        Kind::Counter,
        "command",
    ),
    Family::of(
        "handler_",
        "handlers_total",
        "Total number of executed MySQL handlers.",
        Kind::Counter,
        "handler",
    ),
    Family::of(
        "connection_errors_",
        "connection_errors_total",
        "Total number of MySQL connection errors.",
        Kind::Counter,
        "error",
    ),
    Family::of(
        "innodb_buffer_pool_pages_",
        "buffer_pool_pages",
        "Innodb buffer pool pages by state.",
        Kind::Gauge,
        "state",
    ),
    Family::of(
        "innodb_buffer_pool_pages_",
        "buffer_pool_page_changes_total",
        "Innodb buffer pool page state changes.",
        Kind::Counter,
        "operation",
    ),
    Family::of(
        "innodb_rows_",
        "innodb_row_ops_total",
        "Total number of MySQL InnoDB row operations.",
        Kind::Counter,
        "operation",
    ),
    Family::of(
        "performance_schema_",
        "performance_schema_lost_total",
        "Total number of MySQL instrumentations that could not be loaded or created due to memory constraints.",
        Kind::Counter,
        "instrumentation",
    ),
];
const PAGES: usize = 3;
const PAGE_CHANGES: usize = 4;

struct Family {
    start: &'static str,
    name: &'static str,
    help: &'static str,
    kind: Kind,
    label: &'static str,
}

impl Family {
    const fn of(start: &'static str, name: &'static str, help: &'static str, kind: Kind, label: &'static str) -> Self {
        Self {
            start,
            name,
            help,
            kind,
            label,
        }
    }
}

/// Where a variable belongs.
#[derive(Debug, PartialEq)]
enum Place {
    Family(usize),
    /// The one state of pages that is a metric of its own, as the others contain it.
    DirtyPages,
    /// The sum of the others.
    Nowhere,
    ByItself,
}

fn place(variable: &str) -> Place {
    let Some(family) = FAMILIES.iter().position(|family| variable.starts_with(family.start)) else {
        return Place::ByItself;
    };
    if family != PAGES {
        return Place::Family(family);
    }
    match &variable[FAMILIES[PAGES].start.len()..] {
        "data" | "free" | "misc" | "old" => Place::Family(PAGES),
        "dirty" => Place::DirtyPages,
        "total" => Place::Nowhere,
        _ => Place::Family(PAGE_CHANGES),
    }
}

pub(super) async fn collect(connection: &mut MySqlConnection, page: &mut Page) -> sqlx::Result<()> {
    let status = pairs(connection, "SHOW GLOBAL STATUS").await?;
    write(&status, page);
    Ok(())
}

fn write(status: &[(String, String)], page: &mut Page) {
    let mut families: [Vec<(String, f64)>; FAMILIES.len()] = Default::default();
    let text = |variable: &str| {
        let found = status.iter().find(|(name, _)| name.eq_ignore_ascii_case(variable));
        found.map_or("", |(_, value)| value).to_owned()
    };
    for (variable, value) in status {
        let (variable, Some(value)) = (name(variable), number(value)) else {
            continue;
        };
        match place(&variable) {
            Place::Family(family) => {
                let label = variable[FAMILIES[family].start.len()..].to_owned();
                families[family].push((label, value));
            }
            Place::DirtyPages => page.single(
                "mysql_global_status_buffer_pool_dirty_pages",
                "Innodb buffer pool dirty pages.",
                Kind::Gauge,
                value,
            ),
            Place::Nowhere => {}
            Place::ByItself => page.single(
                &format!("mysql_global_status_{variable}"),
                "Generic metric from SHOW GLOBAL STATUS.",
                Kind::Untyped,
                value,
            ),
        }
    }
    for (family, values) in FAMILIES.iter().zip(families) {
        if !values.is_empty() {
            let name = format!("mysql_global_status_{}", family.name);
            let mut samples = page.family(&name, family.help, family.kind);
            for (label, value) in values {
                samples.sample(&[(family.label, &label)], value);
            }
        }
    }
    const GALERA: [&str; 3] = [
        "wsrep_local_state_uuid",
        "wsrep_cluster_state_uuid",
        "wsrep_provider_version",
    ];
    let galera = GALERA.map(|variable| (variable, text(variable)));
    if !galera[0].1.is_empty() {
        let labels: Vec<(&str, &str)> = galera.iter().map(|(name, value)| (*name, value.as_str())).collect();
        page.family(
            "mysql_galera_status_info",
            "PXC/Galera status information.",
            Kind::Gauge,
        )
        .sample(&labels, 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_find_their_families() {
        let status = [
            ("Com_select", "3"),
            ("Innodb_buffer_pool_pages_dirty", "5"),
            ("Innodb_buffer_pool_pages_free", "6"),
            ("Innodb_buffer_pool_pages_total", "7"),
            ("Innodb_buffer_pool_pages_flushed", "8"),
            ("Innodb_rows_read", "9"),
            ("Threads_connected", "10"),
            ("Rpl_status", "AUTH_MASTER"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut page = Page::default();
        write(&status, &mut page);
        let text = page.into_text();
        let samples: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(
            samples,
            [
                "mysql_global_status_buffer_pool_dirty_pages 5",
                "mysql_global_status_threads_connected 10",
                "mysql_global_status_commands_total{command=\"select\"} 3",
                "mysql_global_status_buffer_pool_pages{state=\"free\"} 6",
                "mysql_global_status_buffer_pool_page_changes_total{operation=\"flushed\"} 8",
                "mysql_global_status_innodb_row_ops_total{operation=\"read\"} 9",
            ]
        );
        assert!(text.contains("# TYPE mysql_global_status_threads_connected untyped\n"));
    }
}
