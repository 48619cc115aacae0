//! Which store a session writes to, and whether it answers.

use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// Device that stores files. While one store stalls, files of the others are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoreId {
    Device(u64),
    /// Address of the only session that is known to use it.
    Unknown(usize),
}

/// The store of one session.
#[derive(Debug, Default)]
pub(crate) struct Health {
    /// Number of the device that the files are on; zero if none has been made.
    device: AtomicU64,
    /// The store has kept a call waiting too long.
    slow: AtomicBool,
    /// Of a remote log: more bytes wait for the object store than may.
    spool_full: AtomicBool,
}

impl Health {
    /// Files of this session are on this device.
    pub(crate) fn set_device(&self, device: u64) {
        self.device.store(device, Relaxed);
    }

    /// The store as far as is known: a device, or one that no other session uses.
    pub(crate) fn store_id(&self) -> StoreId {
        match self.device.load(Relaxed) {
            0 => StoreId::Unknown(std::ptr::from_ref(self).addr()),
            device => StoreId::Device(device),
        }
    }

    pub(crate) fn set_spool_full(&self, full: bool) {
        self.spool_full.store(full, Relaxed);
    }

    /// True if files of this session must not grow.
    pub(crate) fn is_spool_full(&self) -> bool {
        self.spool_full.load(Relaxed)
    }

    pub(crate) fn set_slow(&self, slow: bool) {
        self.slow.store(slow, Relaxed);
    }

    /// True if it makes no sense now to wait for the store.
    pub(crate) fn is_slow(&self) -> bool {
        self.slow.load(Relaxed)
    }
}
