//! A small disk that can fill up.

use std::path::PathBuf;
use std::process::{Command, ExitStatus};

/// A small disk of its own, mounted on a folder; gone with the value.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// `None` where this user may not mount.
    pub fn mounted_on(path: PathBuf, size: &str) -> Option<Self> {
        std::fs::create_dir_all(&path).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(&path);
        let mounted = mount.status().ok().filter(ExitStatus::success).map(|_| Self(path));
        if mounted.is_none() {
            super::skipped("this user may not mount a small disk");
        }
        mounted
    }

    /// Gives it another size, such as `40m`.
    pub fn grow(&self, size: &str) {
        let grown = Command::new("mount").args(["-o", &format!("remount,size={size}")]).arg(&self.0).status();
        assert!(grown.unwrap().success());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}
