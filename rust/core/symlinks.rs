//! Symbolic links below a directory that would lead out of it.

use std::fs;
use std::path::Path;

use crate::error::{Error, Result};

/// Checks that no symbolic link below `root` leads `place` out of it. `root` itself may be a link to anywhere: who runs
/// the program has made that.
///
/// # Errors
///
/// `is_argument` if one does; the sentence begins with `names`, the arguments that named the place.
pub fn check_inside(root: &Path, place: &Path, names: &str) -> Result<()> {
    let (Ok(real_root), Ok(below)) = (fs::canonicalize(root), place.strip_prefix(root)) else {
        return Ok(()); // Nothing is there yet, or it is a place of its own.
    };
    let mut path = root.to_path_buf();
    for part in below {
        path.push(part);
        if fs::symlink_metadata(&path).is_err() {
            return Ok(());
        }
        // The target of a dangling link could become a directory later.
        if !fs::canonicalize(&path).is_ok_and(|real| real.starts_with(&real_root)) {
            return Err(Error::argument(format!(
                "{names} must name a directory inside the log directory, but {} is a symbolic link out of it; remove the \
                 link or choose another name",
                path.display()
            )));
        }
    }
    Ok(())
}
