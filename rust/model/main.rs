//! The writer's own code with its threads in any order: `make model`.
//!
//! Each test is a small program, run many times, each time in another order. When one fails, pace
//! and order are printed: with `replay` instead of `model` in that test it fails again in the same way.

#![cfg(shuttle)]
#![expect(clippy::expect_used, reason = "a test ends where something fails")]

mod barriers;
mod ends;
mod harness;
mod limits;
mod opening;
