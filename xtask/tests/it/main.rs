//! What holds the workspace together: which crate may use which, where dependencies come from, who owns the tasks.

mod arrows;
mod lockfile;
mod tasks;
