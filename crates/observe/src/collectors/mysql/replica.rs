//! `SHOW ALL SLAVES STATUS` (MariaDB) or `SHOW REPLICA STATUS` (MySQL): how far behind its source a replica is.

use std::collections::BTreeMap;

use sqlx::mysql::{MySqlConnection, MySqlRow};
use sqlx::{Column as _, Row as _};

use super::value::{name, number};
use super::{Kind, Page, rows, text};

/// MariaDB's, MySQL's up to 8.3, and MySQL's since.
const STATEMENTS: [&str; 3] = ["SHOW ALL SLAVES STATUS", "SHOW SLAVE STATUS", "SHOW REPLICA STATUS"];

pub(super) async fn collect(connection: &mut MySqlConnection, page: &mut Page) -> sqlx::Result<()> {
    let mut answer = Ok(Vec::new());
    for statement in STATEMENTS {
        answer = rows(connection, statement).await;
        // Another server's words. Anything else is an answer.
        if !matches!(&answer, Err(sqlx::Error::Database(_))) {
            break;
        }
    }
    let mut families: BTreeMap<String, Vec<([String; 4], f64)>> = BTreeMap::new();
    for row in &answer? {
        let labels = [
            of_either(row, ["Master_Host", "Source_Host"])?,
            of_either(row, ["Master_UUID", "Source_UUID"])?,
            of_either(row, ["Channel_Name", "Channel_Name"])?,
            of_either(row, ["Connection_name", "Connection_name"])?,
        ];
        for (at, column) in row.columns().iter().enumerate() {
            if let Some(value) = number(&text(row, at)?) {
                let family = families.entry(name(column.name())).or_default();
                family.push((labels.clone(), value));
            }
        }
    }
    for (field, values) in families {
        let name = format!("mysql_slave_status_{field}");
        let mut family = page.family(&name, "Generic metric from SHOW SLAVE STATUS.", Kind::Untyped);
        for ([host, uuid, channel, connection], value) in &values {
            let labels = [
                ("master_host", host.as_str()),
                ("master_uuid", uuid),
                ("channel_name", channel),
                ("connection_name", connection),
            ];
            family.sample(&labels, *value);
        }
    }
    Ok(())
}

/// The column of the one name or the other; empty if there is neither.
fn of_either(row: &MySqlRow, names: [&str; 2]) -> sqlx::Result<String> {
    let column = row.columns().iter().position(|column| names.contains(&column.name()));
    column.map_or(Ok(String::new()), |column| text(row, column))
}
