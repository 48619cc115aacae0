//! Stores that fail.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use super::world::{World, seconds};
use crate::credentials::Credentials;

/// Six hours of a log, with what happens at each half-minute; returns the requests.
async fn six_hours(happens: impl Fn(&World, u64)) -> u64 {
    let world = World::new();
    world.faults().state = 11;
    let life = world.start();
    for half_minute in 0..720 {
        happens(&world, half_minute);
        world.append(500);
        seconds(30).await;
    }
    life.finish().await;
    world.check().await;
    world.faults().requests
}

#[tokio::test(start_paused = true)]
async fn an_outage_busy_answers_and_new_credentials_lose_nothing_and_cost_half_as_many_requests_more()
 {
    let calm = six_hours(|_, _| {}).await;
    let rough = six_hours(|world, at| {
        let mut faults = world.faults();
        faults.busy = 300;
        // Two hours.
        faults.outage = (240..480).contains(&at);
        if at % 80 == 79 {
            faults.generation += 1;
        }
    })
    .await;
    assert!(rough * 2 <= calm * 3, "{rough} requests instead of {calm}");
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_reported_once_and_its_lag_is_known() {
    let world = World::new();
    let life = world.start();
    seconds(1).await;
    world.faults().outage = true;
    for _ in 0..600 {
        world.append(100);
        seconds(1).await;
    }
    assert_eq!(world.report.problems.lock().unwrap().len(), 1);
    assert!(
        life.setup
            .shared
            .lock()
            .trouble
            .as_ref()
            .unwrap()
            .contains("connection refused")
    );
    let stats = life.setup.shared.stats();
    assert!(stats.lag.as_secs() >= 590);
    assert_eq!(stats.spooled_bytes, 116 * 600);
    // It backs off to a minute.
    let before = world.faults().requests;
    seconds(600).await;
    let tries = world.faults().requests - before;
    assert!((5..60).contains(&tries), "{tries}");
    world.faults().outage = false;
    seconds(120).await;
    let stats = life.setup.shared.stats();
    assert_eq!((stats.spooled_bytes, stats.lag.as_secs()), (0, 0));
    assert_eq!(life.setup.shared.lock().trouble, None);
    life.finish().await;
    world.check().await;
}

#[tokio::test(start_paused = true)]
async fn a_store_that_refuses_is_named_once_and_asked_once_a_minute() {
    let world = World::new();
    world.faults().denied = true;
    let life = world.start();
    for _ in 0..3600 {
        world.append(100);
        seconds(1).await;
    }
    let problems = world.report.problems.lock().unwrap().clone();
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0].contains("s3://bucket/log") && problems[0].contains("s3:PutObject"),
        "{}",
        problems[0]
    );
    assert!(world.faults().requests <= 61);
    world.faults().denied = false;
    seconds(61).await;
    life.finish().await;
    world.check().await;
}

#[tokio::test(start_paused = true)]
async fn credentials_that_are_renewed_cause_no_report() {
    let world = World::new();
    let life = world.start();
    for minute in 0..120 {
        world.append(100);
        if minute % 15 == 14 {
            world.faults().generation += 1;
        }
        seconds(60).await;
    }
    assert_eq!(*world.report.problems.lock().unwrap(), Vec::<String>::new());
    life.finish().await;
    world.check().await;
}

#[tokio::test(start_paused = true)]
async fn credentials_of_the_program_are_asked_for_before_they_expire_and_when_they_are_refused() {
    let credentials = Arc::new(Credentials::default());
    let world = World::with_credentials(Some(credentials.clone()));
    let give = |generation: usize, life| {
        let options = vec![("generation".to_owned(), generation.to_string())];
        credentials.hand_over(options, Some(Duration::from_secs(life)));
    };
    let wanted = || world.report.wanted.swap(0, Relaxed) > 0;
    let life = world.start();
    seconds(30).await;
    assert!(
        wanted() && world.faults().requests == 0,
        "no request without any"
    );
    give(0, 900);
    seconds(5).await;
    assert!(
        !world.faults().puts.is_empty(),
        "with them it is tried at once"
    );
    // The store refuses those that were good: they are asked for again though they say to last.
    world.append(100);
    world.faults().generation = 1;
    wanted();
    seconds(30).await;
    assert!(wanted() && credentials.turn());
    give(1, 900);
    seconds(60).await;
    assert!(!wanted());
    // The program is slow: nothing is sent with expired ones, and one report says so.
    seconds(900).await;
    let requests = world.faults().requests;
    for _ in 0..300 {
        world.append(100);
        seconds(1).await;
    }
    assert!(wanted() && world.faults().requests == requests);
    let problems = world.report.problems.lock().unwrap().clone();
    assert!(
        problems.len() == 1 && problems[0].contains("credential_provider gave have expired"),
        "{problems:?}"
    );
    give(1, 900);
    life.finish().await;
    world.check().await;
}

#[tokio::test(start_paused = true)]
async fn a_store_that_never_answers_ends_each_try() {
    let world = World::new();
    world.faults().hole = true;
    let life = world.start();
    seconds(600).await;
    assert_eq!(world.report.problems.lock().unwrap().len(), 1);
    assert!((5..20).contains(&world.faults().requests));
    world.faults().hole = false;
    seconds(120).await;
    world.append(100);
    life.finish().await;
    world.check().await;
}

#[tokio::test(start_paused = true)]
async fn answers_that_are_lost_double_nothing() {
    let world = World::new();
    world.faults().lost = 500;
    let life = world.start();
    for _ in 0..300 {
        world.append(300);
        seconds(7).await;
    }
    life.finish().await;
    world.check().await;
}

#[tokio::test(start_paused = true)]
async fn a_store_without_conditions_is_asked_first() {
    let world = World::new();
    world.faults().unconditional = true;
    world.faults().lost = 300;
    let life = world.start();
    for _ in 0..100 {
        world.append(300);
        seconds(7).await;
    }
    life.finish().await;
    world.check().await;
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_reported_and_the_upload_goes_on() {
    let world = World::new();
    let life = world.start();
    seconds(10).await;
    world.append(100);
    world.faults().panic = true;
    seconds(60).await;
    assert!(!world.faults().panic);
    let problems = world.report.problems.lock().unwrap().clone();
    assert_eq!(problems.len(), 1);
    assert!(problems[0].contains("please report it"), "{}", problems[0]);
    life.finish().await;
    world.check().await;
}

#[tokio::test(start_paused = true)]
async fn a_spool_that_holds_too_much_says_so_until_it_does_not() {
    let mut world = World::new();
    world.max_spool = 10_000;
    world.faults().outage = true;
    let life = world.start();
    for _ in 0..200 {
        world.append(100);
        seconds(1).await;
    }
    assert_eq!(*world.report.full.lock().unwrap(), [true]);
    world.faults().outage = false;
    seconds(120).await;
    assert_eq!(*world.report.full.lock().unwrap(), [true, false]);
    life.finish().await;
    world.check().await;
}
