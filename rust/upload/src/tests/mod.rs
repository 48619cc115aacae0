//! The life of spools against a store in memory that fails on request, in a time that stands still unless all wait.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod day;
mod faults;
mod files;
mod kills;
mod left;
mod object;
mod requests;
mod store;
mod world;
