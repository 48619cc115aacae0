//! Asks the processor for memory that will be read soon.

#![expect(
    clippy::inline_always,
    reason = "a call would take longer than the one instruction that it is for"
)]

/// Bytes that come from memory at once.
#[cfg(target_arch = "x86_64")]
const LINE: usize = 64;

/// Has the memory of `values` fetched into the first-level cache, without waiting for it.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(super) fn prefetch<T>(values: &[T]) {
    for value in values.iter().step_by(LINE / size_of::<T>()) {
        safe_arch::prefetch_t0(value);
    }
}

/// Does nothing: there is no such instruction that needs no unsafe code.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
pub(super) fn prefetch<T>(_: &[T]) {}
