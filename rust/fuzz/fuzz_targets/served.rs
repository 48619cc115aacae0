//! The data server: all calls over files that are damaged in any way, and that grow. None fails, and the curves are those that the
//! reader makes of the same files.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tensorbolt_serve::trial::{Written, try_all};

/// More parts of files make a run slower, and show little more.
const MOST: usize = 60;

fuzz_target!(|all: Vec<Written>| try_all(all.get(..MOST).unwrap_or(&all)));
