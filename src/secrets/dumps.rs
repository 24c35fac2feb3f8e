//! No picture of this program's memory is written when it crashes: secrets are in it.

/// Switches core dumps off for this process, as far as the system lets a program do that. On Windows and macOS crash reports of the
/// system hold no whole memory unless an administrator asked for them.
pub fn switch_off_core_dumps() {
    #[cfg(unix)]
    {
        use nix::sys::resource::{Resource, setrlimit};
        if let Err(error) = setrlimit(Resource::RLIMIT_CORE, 0, 0) {
            tracing::debug!(%error, "core dumps could not be limited");
        }
    }
    // A system that pipes dumps to a program of its own does not ask for the limit.
    #[cfg(target_os = "linux")]
    if let Err(error) = nix::sys::prctl::set_dumpable(false) {
        tracing::debug!(%error, "this process may still be dumped");
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_os = "linux")]
    #[test]
    fn afterwards_this_process_leaves_no_core_dump() {
        use nix::sys::resource::{Resource, getrlimit};
        super::switch_off_core_dumps();
        assert_eq!(getrlimit(Resource::RLIMIT_CORE).unwrap(), (0, 0));
        assert!(!nix::sys::prctl::get_dumpable().unwrap());
    }
}
