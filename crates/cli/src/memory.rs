//! What of the memory a process has touched it keeps.

use std::io;

use rustix::mm::{Advice, madvise};

/// Blocks from this size on are mapped on their own and so given back when they are freed.
const MAPPED_FROM: libc::c_int = 1024 * 1024;
/// Heaps that threads share. glibc makes eight a core; each keeps what it has once needed.
const ARENAS: libc::c_int = 2;

/// Fixes two of glibc's limits, before any thread starts. Left alone, it raises the first by itself whenever a mapped block is freed, and
/// then keeps the 19 MiB of every password hash in the heap of whichever thread it ran on: a service of 23 MB grew to 900 MB over a
/// hundred first logins. mimalloc gives memory back too, but costs every process 12 MB from the start.
pub(crate) fn tame() {
    // There is no safe way to say this: the functions take plain numbers, and fail only by changing nothing.
    #[allow(unsafe_code)]
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, MAPPED_FROM);
        libc::mallopt(libc::M_ARENA_MAX, ARENAS);
    }
}

/// Lets go of the program's own code that has been run so far; what is run again is found in the system's page cache, a few
/// microseconds a page.
///
/// A service's start runs most of the program once (settings, schema, demo data, the API's document), and the kernel maps sixteen pages
/// for each that is touched; so an idle service holds 20 MB of code it does not run. Called once the start is over.
///
/// # Errors
///
/// When `/proc` is not there to read; nothing is let go of then.
pub(crate) fn forget_start() -> io::Result<()> {
    let program = std::fs::read_link("/proc/self/exe")?;
    let maps = std::fs::read_to_string("/proc/self/maps")?;
    for (start, length) in maps.lines().filter_map(|line| code(line, program.to_str()?)) {
        // Safe: the pages are of a file, and nothing but the file was ever in them (no write permission, and code that does not
        // depend on its place has no relocations), so reading them again finds the same.
        #[allow(unsafe_code)]
        unsafe {
            madvise(
                std::ptr::with_exposed_provenance_mut(start),
                length,
                Advice::LinuxDontNeed,
            )?;
        }
    }
    Ok(())
}

/// Address and length of a mapping of the program's code: `55d0c0a00000-55d0c2000000 r-xp 00900000 fe:00 123   /usr/bin/textisur`.
/// Read-only data is none: some of it was written by the loader.
fn code(line: &str, program: &str) -> Option<(usize, usize)> {
    let (place, rest) = line.split_once(' ')?;
    let (start, end) = place.split_once('-')?;
    let [start, end] = [start, end].map(|address| usize::from_str_radix(address, 16));
    let (start, end) = (start.ok()?, end.ok()?);
    (rest.starts_with("r-xp ") && rest.ends_with(&format!(" {program}"))).then(|| (start, end - start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_programs_code_is_let_go_of() {
        let line =
            |rights: &str, file: &str| format!("55d000001000-55d000003000 {rights} 00001000 fe:00 12345    {file}");
        let of = |rights, file| code(&line(rights, file), "/opt/textisur");
        assert_eq!(of("r-xp", "/opt/textisur"), Some((0x55d0_0000_1000, 0x2000)));
        assert_eq!(of("r--p", "/opt/textisur"), None, "the loader has written into it");
        assert_eq!(of("rw-p", "/opt/textisur"), None);
        assert_eq!(of("r-xp", "/lib/libc.so.6"), None);
        assert_eq!(
            code("7ffd1000-7ffd2000 r-xp 00000000 00:00 0    [vdso]", "/opt/textisur"),
            None
        );
        assert_eq!(code("", "/opt/textisur"), None);
    }

    #[test]
    fn the_program_runs_on_without_what_it_has_run() {
        forget_start().expect("let go");
        assert_eq!(format!("{:?}", vec![1, 2, 3]), "[1, 2, 3]");
    }
}
