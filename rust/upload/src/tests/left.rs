//! Spools that were left, and spools that another process uploads.

use std::sync::Arc;

use super::world::{FILE, World, seconds};
use crate::push::{Control, left_over, push_through};
use crate::shared::Target;

#[tokio::test(start_paused = true)]
async fn a_left_spool_is_pushed_and_its_torn_end_reported() {
    let world = World::new();
    let life = world.start();
    for _ in 0..50 {
        world.append(1000);
        seconds(1).await;
    }
    life.kill().await;
    let whole = world.log.lock().unwrap().len();
    let record = world.record(1000);
    world.write(&record[..100]);
    let pushed = push_through(&world.held, &world.spool, world.client.clone(), &mut |_| {
        Control::Continue
    })
    .await
    .unwrap();
    assert!(pushed.complete && pushed.bytes > 0 && pushed.requests > 0);
    assert!(
        pushed.problems[0].to_string().contains("100 bytes"),
        "{:?}",
        pushed.problems
    );
    assert!(!world.spool.path.exists());
    world.log.lock().unwrap().truncate(whole);
    world.check().await;
}

#[test]
fn what_a_kill_has_left_of_a_removed_spool_is_removed() {
    let world = World::new();
    let root = world.spool.path.parent().unwrap();
    let rest = root.join(".gone-0123456789abcdef");
    std::fs::create_dir(&rest).unwrap();
    std::fs::write(rest.join("journal.jsonl"), "").unwrap();
    let _ = left_over(root);
    assert!(!rest.exists());
    assert!(world.spool.path.exists());
    world.spool.remove().unwrap();
    assert_eq!(std::fs::read_dir(root).unwrap().count(), 0);
    // It is no error that it is gone.
    world.spool.remove().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_push_stops_when_it_is_told_and_when_the_store_refuses() {
    let world = World::new();
    world.append(1000);
    world.faults().outage = true;
    let mut calls = 0;
    let mut progress = |left| {
        calls += 1;
        assert!(left <= 2000);
        if calls < 20 {
            Control::Continue
        } else {
            Control::Stop
        }
    };
    let pushed = push_through(
        &world.held,
        &world.spool,
        world.client.clone(),
        &mut progress,
    )
    .await
    .unwrap();
    assert!(!pushed.complete);
    world.faults().outage = false;
    world.faults().denied = true;
    let error = push_through(&world.held, &world.spool, world.client.clone(), &mut |_| {
        Control::Continue
    })
    .await
    .unwrap_err();
    assert!(error.to_string().contains("s3:PutObject"), "{error}");
    assert!(world.spool.path.exists());
    world.faults().denied = false;
    let pushed = push_through(&world.held, &world.spool, world.client.clone(), &mut |_| {
        Control::Continue
    })
    .await
    .unwrap();
    assert!(pushed.complete);
    world.check().await;
}

#[tokio::test(start_paused = true)]
async fn one_process_uploads_and_another_follows_and_takes_over() {
    let world = World::new();
    let first = world.start();
    let second = world.start();
    seconds(2).await;
    world.append(1000);
    let target = first.flush();
    seconds(3).await;
    assert!(
        first.has(&target) && second.has(&target),
        "the journal says so"
    );
    assert!(
        push_through(&world.held, &world.spool, world.client.clone(), &mut |_| {
            Control::Continue
        })
        .await
        .is_err()
    );
    first.kill().await;
    world.append(1000);
    let target = second.flush();
    seconds(3).await;
    assert!(second.has(&target));
    second.finish().await;
    world.check().await;
}

#[tokio::test(start_paused = true)]
async fn a_follower_ends_when_all_that_it_waits_for_is_there() {
    let world = World::new();
    let first = world.start();
    let second = world.start();
    world.append(1000);
    let target = Target {
        events: [(FILE.to_owned(), world.log.lock().unwrap().len() as u64)].into(),
        ..Target::default()
    };
    let setup = Arc::clone(&second.setup);
    setup.shared.update(|state| {
        state.want(&target);
        state.closing = true;
    });
    seconds(20).await;
    assert!(setup.shared.lock().ended);
    first.finish().await;
    world.check().await;
}
