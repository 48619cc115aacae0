//! What another list says of an object that was read.

use std::sync::Arc;
use std::time::Duration;

use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStoreExt as _};
use tokio::runtime::Builder;

use super::store::requests_of;
use crate::object::Object;

/// The first byte of the object after the store has another one of the same length, and a list has what `change` makes of the first.
fn first_byte_after(change: fn(&mut ObjectMeta)) -> u8 {
    let objects = Arc::new(InMemory::new());
    let key = Path::from("run/file");
    let runtime = Builder::new_current_thread().build().unwrap();
    let put = |bytes: &'static str| {
        runtime
            .block_on(objects.put(&key, bytes.into()))
            .expect("it is memory")
    };
    put("before");
    let mut meta = runtime.block_on(objects.head(&key)).unwrap();
    meta.e_tag = None;
    let requests = Arc::new(requests_of(objects.clone()));
    let object = Object::new(requests, &meta, "run".into(), "file".into());
    let mut byte = [0];
    object.read_while(0, &mut byte, &|| true).unwrap();
    assert_eq!(&byte, b"b");
    put("AFTER!");
    change(&mut meta);
    object.see(&meta);
    object.read_while(0, &mut byte, &|| true).unwrap();
    byte[0]
}

#[test]
fn what_is_the_same_in_a_list_is_not_asked_for() {
    assert_eq!(first_byte_after(|_| ()), b'b');
}

#[test]
fn an_object_without_a_tag_is_another_one_at_another_time() {
    assert_eq!(
        first_byte_after(|meta| meta.last_modified += Duration::from_millis(1)),
        b'A'
    );
}

#[test]
fn an_object_with_another_tag_is_another_one() {
    assert_eq!(first_byte_after(|meta| meta.e_tag = Some("2".into())), b'A');
}
