//! Requests of a caller that waits.

use std::sync::Arc;

use object_store::memory::InMemory;
use tokio::runtime::Builder;

use crate::address::Address;
use crate::failure::Failure;
use crate::requests::Requests;
use crate::store::Store;

#[test]
fn a_thread_that_runs_tasks_may_end_them() {
    let make = || {
        let objects = Arc::new(InMemory::new());
        Ok(Store {
            objects: objects.clone(),
            parts: Some(objects),
        })
    };
    let requests =
        Requests::new(Address::parse("s3://bucket/log").unwrap(), Box::new(make)).unwrap();
    requests
        .run(&|| true, async |_| Ok::<_, Failure>(()))
        .unwrap();
    let runtime = Builder::new_current_thread().build().unwrap();
    runtime.block_on(async move { drop(requests) });
}
