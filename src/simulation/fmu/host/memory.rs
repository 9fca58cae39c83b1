//! The memory limit that the child process gives itself.

/// A limit that holds until the process ends.
pub(super) struct MemoryLimit {
    #[cfg(target_os = "linux")]
    nearly_full_kib: u64,
}

#[cfg(target_os = "linux")]
impl MemoryLimit {
    /// Allows the process so many bytes of address space beyond what it has now, and no core files.
    ///
    /// # Errors
    /// With a notice, where the system does not take the limit.
    pub fn set(bytes: u64) -> Result<Self, String> {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let now_kib = status_kib("VmSize:").ok_or("The system does not tell how much memory the model has.")?;
        let limit = Some(bytes.saturating_add(now_kib.saturating_mul(1024)));
        setrlimit(Resource::As, Rlimit { current: limit, maximum: limit })
            .map_err(|error| format!("The memory of the model is not limited ({error})."))?;
        // A model that crashes shall not fill the disk; where this is refused, it only writes its core.
        _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
        Ok(Self { nearly_full_kib: now_kib.saturating_add(bytes / 1024 / 10 * 9) })
    }

    /// True when the process had, at some moment, nearly all that it may have.
    pub fn was_reached(&self) -> bool {
        status_kib("VmPeak:").is_some_and(|peak_kib| peak_kib >= self.nearly_full_kib)
    }
}

#[cfg(not(target_os = "linux"))]
impl MemoryLimit {
    /// # Errors
    /// Always: this system has no limit that a process can give itself.
    pub fn set(_: u64) -> Result<Self, String> {
        Err("The memory of the model is not limited on this system.".to_owned())
    }

    pub fn was_reached(&self) -> bool {
        false
    }
}

/// A row of /proc/self/status (man 5 proc_pid_status), in KiB.
#[cfg(target_os = "linux")]
fn status_kib(name: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let row = status.lines().find_map(|line| line.strip_prefix(name))?;
    row.trim().strip_suffix("kB")?.trim().parse().ok()
}
