//! Requests of a caller that waits.

use std::sync::Arc;

use object_store::memory::InMemory;
use tokio::runtime::Builder;

use super::store::requests_of;
use crate::failure::Failure;

#[test]
fn a_thread_that_runs_tasks_may_end_them() {
    let requests = requests_of(Arc::new(InMemory::new()));
    requests
        .run(&|| true, async |_| Ok::<_, Failure>(()))
        .unwrap();
    let runtime = Builder::new_current_thread().build().unwrap();
    runtime.block_on(async move { drop(requests) });
}
