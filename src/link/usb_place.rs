//! Where a USB port's device is plugged, from hub to hub: `1-2.3` is port 3 of the hub at port 2 of bus 1.
//!
//! Linux tells it in its device tree. The library for serial ports tells it on no system, so elsewhere no place is known and slots follow
//! the order of plugging.

use std::path::Path;

/// The place of the device behind a port; `None` where it is no USB port or the system does not say.
pub(super) fn of(port: &str) -> Option<String> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let device = std::fs::canonicalize(port).ok()?;
    let name = device.file_name()?;
    let tree = Path::new("/sys/class/tty").join(name).join("device");
    in_tree(&std::fs::canonicalize(tree).ok()?)
}

/// Whether a device, or a hub, is plugged at a place.
#[must_use]
pub fn is_usb_place_taken(place: &str) -> bool {
    is_place(place) && Path::new("/sys/bus/usb/devices").join(place).exists()
}

/// The innermost USB device on a path of the device tree.
fn in_tree(path: &Path) -> Option<String> {
    let parts = path.components().rev();
    parts
        .filter_map(|part| part.as_os_str().to_str())
        .find(|part| is_place(part))
        .map(str::to_owned)
}

/// `BUS-PORT`, and `.PORT` for each hub in between.
fn is_place(part: &str) -> bool {
    let is_number = |text: &str| {
        (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    part.split_once('-')
        .is_some_and(|(bus, ports)| is_number(bus) && ports.split('.').all(is_number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_from_the_device_tree_of_both_kinds_of_adapters() {
        let modem = "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.3/1-2.3:1.0";
        let adapter =
            "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2.4/1-2.4.1/1-2.4.1:1.0/ttyUSB0";
        assert_eq!(in_tree(Path::new(modem)).as_deref(), Some("1-2.3"));
        assert_eq!(in_tree(Path::new(adapter)).as_deref(), Some("1-2.4.1"));
        let built_in = "/sys/devices/platform/serial8250/serial8250:0/tty/ttyS0";
        assert_eq!(in_tree(Path::new(built_in)), None);
        assert_eq!(in_tree(Path::new("/sys/devices/pci0000:00/1-/x-2")), None);
    }

    #[test]
    fn what_is_no_usb_port_has_no_place() {
        assert_eq!(of("/dev/null"), None);
        assert_eq!(of("/nowhere"), None);
    }
}
