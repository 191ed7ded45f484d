//! Disks, from `/proc/diskstats` (the kernel's Documentation/admin-guide/iostats.rst) and what udev knows of them.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

use super::{Kind, Page, Paths, Problem, Text};

/// node_exporter's default, as Debian ships it: whole disks only.
static IGNORED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\d+n\d+p)\d+$").expect("a constant that is tested")
});

/// A sector of `/proc/diskstats` is this long, whatever the disk's own.
const SECTOR_BYTES: f64 = 512.0;
const MILLISECOND: f64 = 1e-3;

/// The columns in order: name, help, kind, and what one of it is in the name's unit.
const COLUMNS: [(&str, &str, Kind, f64); 17] = [
    (
        "reads_completed_total",
        "The total number of reads completed successfully.",
        Kind::Counter,
        1.0,
    ),
    (
        "reads_merged_total",
        "The total number of reads merged.",
        Kind::Counter,
        1.0,
    ),
    (
        "read_bytes_total",
        "The total number of bytes read successfully.",
        Kind::Counter,
        SECTOR_BYTES,
    ),
    (
        "read_time_seconds_total",
        "The total number of seconds spent by all reads.",
        Kind::Counter,
        MILLISECOND,
    ),
    (
        "writes_completed_total",
        "The total number of writes completed successfully.",
        Kind::Counter,
        1.0,
    ),
    (
        "writes_merged_total",
        "The number of writes merged.",
        Kind::Counter,
        1.0,
    ),
    (
        "written_bytes_total",
        "The total number of bytes written successfully.",
        Kind::Counter,
        SECTOR_BYTES,
    ),
    (
        "write_time_seconds_total",
        "This is the total number of seconds spent by all writes.",
        Kind::Counter,
        MILLISECOND,
    ),
    ("io_now", "The number of I/Os currently in progress.", Kind::Gauge, 1.0),
    (
        "io_time_seconds_total",
        "Total seconds spent doing I/Os.",
        Kind::Counter,
        MILLISECOND,
    ),
    (
        "io_time_weighted_seconds_total",
        "The weighted # of seconds spent doing I/Os.",
        Kind::Counter,
        MILLISECOND,
    ),
    (
        "discards_completed_total",
        "The total number of discards completed successfully.",
        Kind::Counter,
        1.0,
    ),
    (
        "discards_merged_total",
        "The total number of discards merged.",
        Kind::Counter,
        1.0,
    ),
    (
        "discarded_sectors_total",
        "The total number of sectors discarded successfully.",
        Kind::Counter,
        1.0,
    ),
    (
        "discard_time_seconds_total",
        "This is the total number of seconds spent by all discards.",
        Kind::Counter,
        MILLISECOND,
    ),
    (
        "flush_requests_total",
        "The total number of flush requests completed successfully",
        Kind::Counter,
        1.0,
    ),
    (
        "flush_requests_time_seconds_total",
        "This is the total number of seconds spent by all flush requests.",
        Kind::Counter,
        MILLISECOND,
    ),
];

struct Disk<'a> {
    major: &'a str,
    minor: &'a str,
    device: &'a str,
    columns: Vec<f64>,
    /// What udev knows: `ID_MODEL` and the like.
    properties: HashMap<String, String>,
}

impl Disk<'_> {
    fn property(&self, key: &str) -> &str {
        self.properties.get(key).map_or("", String::as_str)
    }
}

pub(super) fn diskstats(paths: &Paths, page: &mut Page) -> Result<(), Problem> {
    let stats = paths.proc("diskstats")?;
    let mut disks = Vec::new();
    for line in stats.lines() {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let [major, minor, device, columns @ ..] = &words[..] else {
            continue;
        };
        if IGNORED.is_match(device) {
            continue;
        }
        disks.push(Disk {
            major,
            minor,
            device,
            columns: columns
                .iter()
                .map(|word| stats.number(word))
                .collect::<Result<_, _>>()?,
            properties: properties(paths, major, minor),
        });
    }
    for (column, (name, help, kind, unit)) in COLUMNS.into_iter().enumerate() {
        let name = format!("node_disk_{name}");
        let mut known = disks
            .iter()
            .filter_map(|disk| Some((disk.device, disk.columns.get(column)?)))
            .peekable();
        // Older kernels know no discards and no flushes.
        if known.peek().is_some() {
            let mut family = page.family(&name, help, kind);
            for (device, value) in known {
                family.sample(&[("device", device)], value * unit);
            }
        }
    }
    info(&disks, page);
    Ok(())
}

fn info(disks: &[Disk<'_>], page: &mut Page) {
    let mut family = page.family("node_disk_info", "Info of /sys/block/<block_device>.", Kind::Gauge);
    for disk in disks {
        let serial = match disk.property("SCSI_IDENT_SERIAL") {
            "" => disk.property("ID_SERIAL_SHORT"),
            serial => serial,
        };
        let labels = [
            ("device", disk.device),
            ("major", disk.major),
            ("minor", disk.minor),
            ("path", disk.property("ID_PATH")),
            ("wwn", disk.property("ID_WWN")),
            ("model", disk.property("ID_MODEL")),
            ("serial", serial),
            ("revision", disk.property("ID_REVISION")),
        ];
        family.sample(&labels, 1.0);
    }
    let with = |key: &'static str| disks.iter().filter(move |disk| !disk.property(key).is_empty());
    if with("ID_FS_TYPE").next().is_some() {
        let mut family = page.family("node_disk_filesystem_info", "Info about disk filesystem.", Kind::Gauge);
        for disk in with("ID_FS_TYPE") {
            let labels = [
                ("device", disk.device),
                ("type", disk.property("ID_FS_TYPE")),
                ("usage", disk.property("ID_FS_USAGE")),
                ("uuid", disk.property("ID_FS_UUID")),
                ("version", disk.property("ID_FS_VERSION")),
            ];
            family.sample(&labels, 1.0);
        }
    }
    if with("DM_NAME").next().is_some() {
        let mut family = page.family(
            "node_disk_device_mapper_info",
            "Info about disk device mapper.",
            Kind::Gauge,
        );
        for disk in with("DM_NAME") {
            let labels = [
                ("device", disk.device),
                ("name", disk.property("DM_NAME")),
                ("uuid", disk.property("DM_UUID")),
                ("vg_name", disk.property("DM_VG_NAME")),
                ("lv_name", disk.property("DM_LV_NAME")),
                ("lv_layer", disk.property("DM_LV_LAYER")),
            ];
            family.sample(&labels, 1.0);
        }
    }
}

/// `E:ID_MODEL=…` of `/run/udev/data/b8:0`; nothing where udev does not run.
fn properties(paths: &Paths, major: &str, minor: &str) -> HashMap<String, String> {
    let file = paths.rootfs.join(format!("run/udev/data/b{major}:{minor}"));
    let Ok(data) = Text::read(file) else {
        return HashMap::new();
    };
    data.lines()
        .filter_map(|line| line.strip_prefix("E:")?.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}
