//! How much InnoDB compresses, from `information_schema`. A server without these tables tells nothing.

use sqlx::mysql::MySqlConnection;

use super::{Kind, Page, rows, text};

/// Names and helps of the columns after the labels; times come in whole seconds, or in thousandths.
type Columns = [(&'static str, &'static str, f64)];

const COMPRESSION: [(&str, &str, f64); 5] = [
    (
        "compress_ops_total",
        "Number of times a B-tree page of the size PAGE_SIZE has been compressed.",
        1.0,
    ),
    (
        "compress_ops_ok_total",
        "Number of times a B-tree page of the size PAGE_SIZE has been successfully compressed.",
        1.0,
    ),
    (
        "compress_time_seconds_total",
        "Total time in seconds spent in attempts to compress B-tree pages.",
        1.0,
    ),
    (
        "uncompress_ops_total",
        "Number of times a B-tree page of the size PAGE_SIZE has been uncompressed.",
        1.0,
    ),
    (
        "uncompress_time_seconds_total",
        "Total time in seconds spent in uncompressing B-tree pages.",
        1.0,
    ),
];

pub(super) async fn compression(connection: &mut MySqlConnection, page: &mut Page) -> sqlx::Result<()> {
    let sql = "SELECT page_size, compress_ops, compress_ops_ok, compress_time, uncompress_ops, uncompress_time
               FROM information_schema.innodb_cmp";
    tell(connection, page, sql, "innodb_cmp", &["page_size"], &COMPRESSION).await
}

const MEMORY: [(&str, &str, f64); 4] = [
    (
        "pages_used_total",
        "Number of blocks of the size PAGE_SIZE that are currently in use.",
        1.0,
    ),
    (
        "pages_free_total",
        "Number of blocks of the size PAGE_SIZE that are currently available for allocation.",
        1.0,
    ),
    (
        "relocation_ops_total",
        "Number of times a block of the size PAGE_SIZE has been relocated.",
        1.0,
    ),
    (
        "relocation_time_seconds_total",
        "Total time in seconds spent in relocating blocks.",
        1e-3,
    ),
];

pub(super) async fn compression_memory(connection: &mut MySqlConnection, page: &mut Page) -> sqlx::Result<()> {
    let sql = "SELECT page_size, buffer_pool_instance, pages_used, pages_free, relocation_ops, relocation_time
               FROM information_schema.innodb_cmpmem";
    tell(
        connection,
        page,
        sql,
        "innodb_cmpmem",
        &["page_size", "buffer_pool"],
        &MEMORY,
    )
    .await
}

async fn tell(
    connection: &mut MySqlConnection,
    page: &mut Page,
    sql: &'static str,
    table: &str,
    labels: &[&str],
    columns: &Columns,
) -> sqlx::Result<()> {
    let rows = rows(connection, sql).await?;
    if rows.is_empty() {
        return Ok(());
    }
    for (at, (name, help, unit)) in columns.iter().enumerate() {
        let name = format!("mysql_info_schema_{table}_{name}");
        let mut family = page.family(&name, help, Kind::Counter);
        for row in &rows {
            let values: Vec<String> = (0..labels.len()).map(|at| text(row, at)).collect::<sqlx::Result<_>>()?;
            let labels: Vec<(&str, &str)> = labels.iter().copied().zip(values.iter().map(String::as_str)).collect();
            let value: f64 = text(row, labels.len() + at)?.parse().unwrap_or(f64::NAN);
            family.sample(&labels, value * unit);
        }
    }
    Ok(())
}
