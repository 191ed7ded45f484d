//! `SHOW GLOBAL VARIABLES`: those that are numbers, and who the server is.

use sqlx::mysql::MySqlConnection;

use super::value::{name, number};
use super::{Kind, Page, pairs};

pub(super) async fn collect(connection: &mut MySqlConnection, page: &mut Page) -> sqlx::Result<()> {
    let variables = pairs(connection, "SHOW GLOBAL VARIABLES").await?;
    write(&variables, page);
    Ok(())
}

fn write(variables: &[(String, String)], page: &mut Page) {
    for (variable, value) in variables {
        if let Some(value) = number(value) {
            page.single(
                &format!("mysql_global_variables_{}", name(variable)),
                "Generic gauge metric from SHOW GLOBAL VARIABLES.",
                Kind::Gauge,
                value,
            );
        }
    }
    let text = |wanted: &str| {
        let found = variables.iter().find(|(variable, value)| {
            // What is a number has been told as one.
            variable.eq_ignore_ascii_case(wanted) && number(value).is_none()
        });
        found.map_or("", |(_, value)| value.as_str())
    };
    let labels = ["innodb_version", "version", "version_comment"].map(|label| (label, text(label)));
    page.family("mysql_version_info", "MySQL version and distribution.", Kind::Gauge)
        .sample(&labels, 1.0);
    let cluster = text("wsrep_cluster_name");
    if !cluster.is_empty() {
        page.family(
            "mysql_galera_variables_info",
            "PXC/Galera variables information.",
            Kind::Gauge,
        )
        .sample(&[("wsrep_cluster_name", cluster)], 1.0);
    }
    let options = text("wsrep_provider_options");
    if !options.is_empty() {
        page.single(
            "mysql_galera_gcache_size_bytes",
            "PXC/Galera gcache size.",
            Kind::Gauge,
            gcache_bytes(options),
        );
    }
    let level = match text("transaction_isolation") {
        "" => text("tx_isolation"),
        level => level,
    };
    if !level.is_empty() {
        page.family(
            "mysql_transaction_isolation",
            "MySQL transaction isolation.",
            Kind::Gauge,
        )
        .sample(&[("level", level)], 1.0);
    }
}

/// `…; gcache.size = 128M; …`; 0 if it is not there.
fn gcache_bytes(options: &str) -> f64 {
    let Some((_, rest)) = options.split_once("gcache.size = ") else {
        return 0.0;
    };
    let size = rest.split(';').next().unwrap_or_default();
    let (digits, unit) = match size.strip_suffix(['M', 'G']) {
        Some(digits) if size.ends_with('M') => (digits, 1024.0 * 1024.0),
        Some(digits) => (digits, 1024.0 * 1024.0 * 1024.0),
        None => (size, 1.0),
    };
    digits.parse().map_or(0.0, |size: f64| size * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_galera_cache_is_told_in_bytes() {
        assert_eq!(gcache_bytes("a = b; gcache.size = 128M; c = d;"), 134_217_728.0);
        assert_eq!(gcache_bytes("gcache.size = 2G;"), 2_147_483_648.0);
        assert_eq!(gcache_bytes("gcache.size = 10;"), 10.0);
        assert_eq!(gcache_bytes("gcache.dir = /"), 0.0);
    }
}
