//! The clock: what it says, in which zone, and what it runs by.

use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::time::{SystemTime, UNIX_EPOCH};

use super::{Kind, Page, Paths, Problem, names};

pub(super) fn time(paths: &Paths, page: &mut Page) -> Result<(), Problem> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    page.single(
        "node_time_seconds",
        "System time in seconds since epoch (1970).",
        Kind::Gauge,
        now.as_secs_f64(),
    );
    if let Some((zone, offset)) = zone(now.as_secs()) {
        page.family(
            "node_time_zone_offset_seconds",
            "System time zone offset in seconds.",
            Kind::Gauge,
        )
        .sample(&[("time_zone", &zone)], offset);
    }
    clock_sources(paths, page)
}

/// `UTC`, 0; `CST`, -21600.
fn zone(now: u64) -> Option<(String, f64)> {
    let now = libc::time_t::try_from(now).ok()?;
    let mut local = MaybeUninit::<libc::tm>::uninit();
    // Only the C library knows the zone. Safe: both pointers are to places of this function; the answer is null or `local`, filled; the
    // name it points to is one that the library keeps.
    #[allow(unsafe_code)]
    unsafe {
        let filled = libc::localtime_r(&raw const now, local.as_mut_ptr());
        let local = filled.as_ref()?;
        let name = CStr::from_ptr(local.tm_zone).to_string_lossy().into_owned();
        Some((name, local.tm_gmtoff as f64))
    }
}

fn clock_sources(paths: &Paths, page: &mut Page) -> Result<(), Problem> {
    const FOLDER: &str = "devices/system/clocksource";
    let devices: Vec<String> = names(&paths.sysfs.join(FOLDER))?
        .into_iter()
        .filter_map(|name| name.strip_prefix("clocksource").map(str::to_owned))
        .collect();
    for (file, name, help) in [
        (
            "available_clocksource",
            "node_time_clocksource_available_info",
            "Available clocksources read from '/sys/devices/system/clocksource'.",
        ),
        (
            "current_clocksource",
            "node_time_clocksource_current_info",
            "Current clocksource read from '/sys/devices/system/clocksource'.",
        ),
    ] {
        let mut family = page.family(name, help, Kind::Gauge);
        for device in &devices {
            let sources = paths.sys(&format!("{FOLDER}/clocksource{device}/{file}"))?;
            for source in sources.text.split_ascii_whitespace() {
                family.sample(&[("device", device), ("clocksource", source)], 1.0);
            }
        }
    }
    Ok(())
}
