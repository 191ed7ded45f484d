//! Mounted file systems, from `/proc/1/mounts` and statvfs(3).

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;
use rustix::fs::StatVfs;

use super::{Kind, Page, Paths, Problem};

/// node_exporter's defaults: what is no file system to fill up.
static IGNORED_MOUNT_POINTS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)")
        .expect("a constant that is tested")
});
const IGNORED_TYPES: [&str; 25] = [
    "autofs",
    "binfmt_misc",
    "bpf",
    "cgroup",
    "cgroup2",
    "configfs",
    "debugfs",
    "devpts",
    "devtmpfs",
    "fusectl",
    "hugetlbfs",
    "iso9660",
    "mqueue",
    "nsfs",
    "overlay",
    "proc",
    "procfs",
    "pstore",
    "rpc_pipefs",
    "securityfs",
    "selinuxfs",
    "squashfs",
    "sysfs",
    "tracefs",
    "erofs",
];

struct Mount {
    device: String,
    mountpoint: String,
    fstype: String,
    readonly: bool,
    sizes: Option<StatVfs>,
}

pub(super) fn filesystem(paths: &Paths, page: &mut Page) -> Result<(), Problem> {
    let mounts = mounts(paths)?;
    let mut gauge = |name: &str, help: &str, of: &dyn Fn(&Mount) -> Option<f64>| {
        let name = format!("node_filesystem_{name}");
        let mut family = page.family(&name, help, Kind::Gauge);
        for mount in &mounts {
            if let Some(value) = of(mount) {
                let labels = [
                    ("device", mount.device.as_str()),
                    ("mountpoint", &mount.mountpoint),
                    ("fstype", &mount.fstype),
                ];
                family.sample(&labels, value);
            }
        }
    };
    let bytes = |of: fn(&StatVfs) -> u64| {
        move |mount: &Mount| {
            let sizes = mount.sizes.as_ref()?;
            Some(of(sizes) as f64 * sizes.f_frsize as f64)
        }
    };
    let count = |of: fn(&StatVfs) -> u64| move |mount: &Mount| Some(of(mount.sizes.as_ref()?) as f64);
    gauge(
        "avail_bytes",
        "Filesystem space available to non-root users in bytes.",
        &bytes(|sizes| sizes.f_bavail),
    );
    gauge(
        "device_error",
        "Whether an error occurred while getting statistics for the given device.",
        &|mount| Some(f64::from(mount.sizes.is_none())),
    );
    gauge("files", "Filesystem total file nodes.", &count(|sizes| sizes.f_files));
    gauge(
        "files_free",
        "Filesystem total free file nodes.",
        &count(|sizes| sizes.f_ffree),
    );
    gauge(
        "free_bytes",
        "Filesystem free space in bytes.",
        &bytes(|sizes| sizes.f_bfree),
    );
    gauge("readonly", "Filesystem read-only status.", &|mount| {
        mount.sizes.as_ref().map(|_| f64::from(mount.readonly))
    });
    gauge(
        "size_bytes",
        "Filesystem size in bytes.",
        &bytes(|sizes| sizes.f_blocks),
    );
    Ok(())
}

fn mounts(paths: &Paths) -> Result<Vec<Mount>, Problem> {
    // The first process sees the whole machine's; in a container it may be hidden.
    let table = match paths.proc("1/mounts") {
        Err(_) => paths.proc("mounts")?,
        table => table?,
    };
    let mut seen = HashSet::new();
    let mut mounts = Vec::new();
    for line in table.lines() {
        let mut words = line.split_ascii_whitespace();
        let (Some(device), Some(mountpoint), Some(fstype), Some(options)) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(table.wrong(format!("{line:?} is not a mount")));
        };
        let mounted = unescape(mountpoint);
        let Some(mountpoint) = below(&paths.rootfs, &mounted) else {
            continue;
        };
        let known = (device.to_owned(), mountpoint.clone(), fstype.to_owned());
        if IGNORED_TYPES.contains(&fstype) || IGNORED_MOUNT_POINTS.is_match(&mountpoint) || !seen.insert(known) {
            continue;
        }
        mounts.push(Mount {
            sizes: rustix::fs::statvfs(place(&paths.rootfs, &mountpoint)).ok(),
            device: unescape(device),
            mountpoint,
            fstype: fstype.to_owned(),
            readonly: options.split(',').any(|option| option == "ro"),
        });
    }
    Ok(mounts)
}

/// A mount point as the watched machine calls it; none for what lies outside its root.
fn below(root: &Path, mountpoint: &str) -> Option<String> {
    if root == Path::new("/") {
        return Some(mountpoint.to_owned());
    }
    let rest = Path::new(mountpoint).strip_prefix(root).ok()?;
    Some(Path::new("/").join(rest).to_string_lossy().into_owned())
}

fn place(root: &Path, mountpoint: &str) -> PathBuf {
    root.join(mountpoint.trim_start_matches('/'))
}

/// The kernel writes blanks, tabs, line ends and backslashes as `\040`.
fn unescape(text: &str) -> String {
    let mut rest = text;
    let mut plain = String::new();
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        let code = after.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match code {
            Some(code) => {
                plain.push(char::from(code));
                rest = &after[3..];
            }
            None => {
                plain.push('\\');
                rest = after;
            }
        }
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mount_points_are_read_as_they_are_called() {
        assert_eq!(unescape(r"/media/el\040disco\134a\04"), r"/media/el disco\a\04");
        assert_eq!(below(Path::new("/"), "/home").as_deref(), Some("/home"));
        assert_eq!(below(Path::new("/host"), "/host").as_deref(), Some("/"));
        assert_eq!(below(Path::new("/host"), "/host/home").as_deref(), Some("/home"));
        assert_eq!(below(Path::new("/host"), "/home"), None);
        for (mountpoint, ignored) in [
            ("/proc", true),
            ("/run/credentials/x", true),
            ("/processes", false),
            ("/run", false),
        ] {
            assert_eq!(IGNORED_MOUNT_POINTS.is_match(mountpoint), ignored, "{mountpoint}");
        }
    }
}
