//! Properties of network devices, from `/sys/class/net`.

use super::{Kind, Page, Paths, Problem, Text, names};

/// How a file's content is written.
#[derive(Clone, Copy)]
enum Form {
    Number,
    Hex,
    /// Millions of bits a second.
    Megabits,
}

/// File, name after `node_network_`, kind and form.
const PROPERTIES: [(&str, &str, Kind, Form); 17] = [
    ("addr_assign_type", "address_assign_type", Kind::Gauge, Form::Number),
    ("carrier", "carrier", Kind::Gauge, Form::Number),
    ("carrier_changes", "carrier_changes_total", Kind::Counter, Form::Number),
    (
        "carrier_up_count",
        "carrier_up_changes_total",
        Kind::Counter,
        Form::Number,
    ),
    (
        "carrier_down_count",
        "carrier_down_changes_total",
        Kind::Counter,
        Form::Number,
    ),
    ("dev_id", "device_id", Kind::Gauge, Form::Hex),
    ("dormant", "dormant", Kind::Gauge, Form::Number),
    ("flags", "flags", Kind::Gauge, Form::Hex),
    ("ifindex", "iface_id", Kind::Gauge, Form::Number),
    ("iflink", "iface_link", Kind::Gauge, Form::Number),
    ("link_mode", "iface_link_mode", Kind::Gauge, Form::Number),
    ("mtu", "mtu_bytes", Kind::Gauge, Form::Number),
    ("name_assign_type", "name_assign_type", Kind::Gauge, Form::Number),
    ("netdev_group", "net_dev_group", Kind::Gauge, Form::Number),
    ("speed", "speed_bytes", Kind::Gauge, Form::Megabits),
    ("tx_queue_len", "transmit_queue_length", Kind::Gauge, Form::Number),
    ("type", "protocol_type", Kind::Gauge, Form::Number),
];

pub(super) fn netclass(paths: &Paths, page: &mut Page) -> Result<(), Problem> {
    let folder = paths.sysfs.join("class/net");
    // Beside the devices, bonding has a file there.
    let devices: Vec<String> = names(&folder)?
        .into_iter()
        .filter(|name| folder.join(name).is_dir())
        .collect();
    // Many a property cannot be read while a device is down, or is not there for its kind.
    let read = |device: &str, file: &str| Text::read(folder.join(device).join(file)).ok();
    for (file, property, kind, form) in PROPERTIES {
        let name = format!("node_network_{property}");
        let values: Vec<(&str, f64)> = devices
            .iter()
            .filter_map(|device| {
                let text = read(device, file)?;
                let value = match form {
                    Form::Number => text.only().ok()?,
                    Form::Hex => text.hex(&text.text).ok()?,
                    Form::Megabits => text.only().ok()? * 1e6 / 8.0,
                };
                Some((device.as_str(), value))
            })
            .collect();
        if !values.is_empty() {
            let mut family = page.family(&name, &format!("Network device property: {property}"), kind);
            for (device, value) in values {
                family.sample(&[("device", device)], value);
            }
        }
    }
    let word =
        |device: &str, file: &str| read(device, file).map_or_else(String::new, |text| text.text.trim().to_owned());
    let mut info = page.family(
        "node_network_info",
        "Non-numeric data from /sys/class/net/<iface>, value is always 1.",
        Kind::Gauge,
    );
    for device in &devices {
        let [address, broadcast, duplex, operstate, ifalias] =
            ["address", "broadcast", "duplex", "operstate", "ifalias"].map(|file| word(device, file));
        let labels = [
            ("device", device.as_str()),
            ("address", &address),
            ("broadcast", &broadcast),
            ("duplex", &duplex),
            ("operstate", &operstate),
            ("ifalias", &ifalias),
        ];
        info.sample(&labels, 1.0);
    }
    let mut up = page.family(
        "node_network_up",
        "Value is 1 if operstate is 'up', 0 otherwise.",
        Kind::Gauge,
    );
    for device in &devices {
        up.sample(&[("device", device)], f64::from(word(device, "operstate") == "up"));
    }
    Ok(())
}
