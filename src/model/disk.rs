//! What an error of the disk means.
//!
//! Place in the data way: beside it; whoever writes a file asks here.
//! It must never touch the disk itself.

use std::io::{Error, ErrorKind};

/// Whether there is no room left, or none for this user: nothing is damaged, and a run after making room goes on.
pub fn is_full(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}
