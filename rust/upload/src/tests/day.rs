//! Bytes and objects over long times.

use super::world::{World, seconds};
use crate::segments::ALLOWANCE;

#[tokio::test(start_paused = true)]
#[expect(clippy::print_stdout, reason = "the figures are cited")]
async fn a_day_has_at_most_800_objects_and_sends_at_most_twice_the_log() {
    let world = World::new();
    let life = world.start();
    for _ in 0..24 * 60 {
        world.append(100);
        seconds(60).await;
    }
    let setup = life.setup.clone();
    life.finish().await;
    world.check().await;
    let (objects, sent) = (
        world.keys().await.len(),
        setup.shared.stats().uploaded_bytes,
    );
    let logged = world.log.lock().unwrap().len() as u64;
    println!("a day: {objects} objects, {sent} bytes sent of {logged} logged");
    assert!((2..=800).contains(&objects), "{objects} objects");
    assert!(
        sent <= 2 * logged + ALLOWANCE,
        "{sent} sent, {logged} logged"
    );
}

#[tokio::test(start_paused = true)]
async fn a_thousand_waits_for_the_store_send_at_most_twice_the_log() {
    let world = World::new();
    let life = world.start();
    for _ in 0..1000 {
        world.append(4_000);
        let target = life.flush();
        seconds(2).await;
        assert!(life.has(&target));
    }
    let setup = life.setup.clone();
    life.finish().await;
    world.check().await;
    let logged = world.log.lock().unwrap().len() as u64;
    assert!(setup.shared.stats().uploaded_bytes <= 2 * logged);
}

#[tokio::test(start_paused = true)]
async fn an_object_changes_at_most_once_a_second_and_flushes_of_every_step_cause_no_more() {
    let world = World::new();
    let life = world.start();
    for _ in 0..600 {
        world.append(100);
        life.flush();
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    life.finish().await;
    world.check().await;
    let puts = world.faults().puts.clone();
    assert!(puts.len() <= 65, "{}", puts.len());
    for pair in puts.windows(2) {
        assert!(pair[1].0 - pair[0].0 >= std::time::Duration::from_secs(1));
    }
}

#[tokio::test(start_paused = true)]
async fn what_no_caller_waits_for_is_uploaded_after_the_interval() {
    let world = World::new();
    let life = world.start();
    for second in 0..1200 {
        if second % 10 == 0 {
            world.append(100);
        }
        life.setup.shared.wake.notify_one();
        seconds(1).await;
    }
    let puts: Vec<_> = world
        .faults()
        .puts
        .iter()
        .map(|(at, _)| (*at - life.setup.began).as_secs())
        .collect();
    assert_eq!(puts[0], 0, "the header at once");
    let gaps: Vec<_> = puts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps[0] <= 10 && *gaps.last().unwrap() >= 60, "{gaps:?}");
    // In twenty minutes about nine for the growing interval and ten of a minute each.
    assert!(puts.len() <= 45, "{puts:?}");
    assert!(life.setup.shared.stats().lag.as_secs() <= 61);
    life.finish().await;
    world.check().await;
}
