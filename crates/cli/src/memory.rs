//! How the C library's allocator treats big blocks.

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
