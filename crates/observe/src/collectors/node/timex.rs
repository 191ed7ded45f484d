//! How well the clock is kept, from adjtimex(2).

use std::io;
use std::mem::MaybeUninit;

use super::{Kind, Page, Paths, Problem};

/// The clock is not synchronised.
const TIME_ERROR: libc::c_int = 5;
/// `status`: offset and jitter are in nanoseconds, not microseconds.
const STA_NANO: libc::c_int = 0x2000;
const MICROSECONDS: f64 = 1e6;
/// Parts in a million, with 16 binary digits after the point.
const SCALED_PPM: f64 = 1e6 * 65_536.0;

/// This very machine's: there is no file to ask another's.
pub(super) fn timex(_: &Paths, page: &mut Page) -> Result<(), Problem> {
    let (state, clock) = read().map_err(|source| Problem::Read {
        path: "adjtimex(2)".into(),
        source,
    })?;
    let fraction = if clock.status & STA_NANO == 0 {
        MICROSECONDS
    } else {
        1e9
    };
    let (jitter, offset) = (clock.jitter as f64 / fraction, clock.offset as f64 / fraction);
    let mut tell = |name: &str, help: &str, kind, value| page.single(&format!("node_timex_{name}"), help, kind, value);
    let (gauge, counter) = (Kind::Gauge, Kind::Counter);
    tell(
        "sync_status",
        "Is clock synchronized to a reliable server (1 = yes, 0 = no).",
        gauge,
        f64::from(state != TIME_ERROR),
    );
    tell(
        "offset_seconds",
        "Time offset in between local system and reference clock.",
        gauge,
        offset,
    );
    tell(
        "frequency_adjustment_ratio",
        "Local clock frequency adjustment.",
        gauge,
        1.0 + clock.freq as f64 / SCALED_PPM,
    );
    tell(
        "maxerror_seconds",
        "Maximum error in seconds.",
        gauge,
        clock.maxerror as f64 / MICROSECONDS,
    );
    tell(
        "estimated_error_seconds",
        "Estimated error in seconds.",
        gauge,
        clock.esterror as f64 / MICROSECONDS,
    );
    tell(
        "status",
        "Value of the status array bits.",
        gauge,
        f64::from(clock.status),
    );
    tell(
        "loop_time_constant",
        "Phase-locked loop time constant.",
        gauge,
        clock.constant as f64,
    );
    tell(
        "tick_seconds",
        "Seconds between clock ticks.",
        gauge,
        clock.tick as f64 / MICROSECONDS,
    );
    tell(
        "pps_frequency_hertz",
        "Pulse per second frequency.",
        gauge,
        clock.ppsfreq as f64 / SCALED_PPM,
    );
    tell("pps_jitter_seconds", "Pulse per second jitter.", gauge, jitter);
    tell(
        "pps_shift_seconds",
        "Pulse per second interval duration.",
        gauge,
        f64::from(clock.shift),
    );
    tell(
        "pps_stability_hertz",
        "Pulse per second stability, average of recent frequency changes.",
        gauge,
        clock.stabil as f64 / SCALED_PPM,
    );
    tell(
        "pps_jitter_total",
        "Pulse per second count of jitter limit exceeded events.",
        counter,
        clock.jitcnt as f64,
    );
    tell(
        "pps_calibration_total",
        "Pulse per second count of calibration intervals.",
        counter,
        clock.calcnt as f64,
    );
    tell(
        "pps_error_total",
        "Pulse per second count of calibration errors.",
        counter,
        clock.errcnt as f64,
    );
    tell(
        "pps_stability_exceeded_total",
        "Pulse per second count of stability limit exceeded events.",
        counter,
        clock.stbcnt as f64,
    );
    tell(
        "tai_offset_seconds",
        "International Atomic Time (TAI) offset.",
        gauge,
        f64::from(clock.tai),
    );
    Ok(())
}

fn read() -> io::Result<(libc::c_int, libc::timex)> {
    // Safe: zeroes are a valid `timex`, and one whose `modes` is zero only asks.
    #[allow(unsafe_code)]
    let (state, clock) = unsafe {
        let mut clock = MaybeUninit::<libc::timex>::zeroed().assume_init();
        (libc::adjtimex(&raw mut clock), clock)
    };
    if state < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok((state, clock))
}
