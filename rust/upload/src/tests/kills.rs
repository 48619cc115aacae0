//! Any pattern of writes, waits, failures and kills: the store holds the log, each record once.

use std::time::Duration;

use proptest::prelude::*;
use tokio::time::sleep;

use super::world::World;
use crate::segments::ALLOWANCE;

#[derive(Clone, Debug)]
enum Step {
    Append(usize),
    Sleep(u64),
    Flush,
    Fail { busy: u64, lost: u64, outage: bool },
    Kill,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1_usize..20_000).prop_map(Step::Append),
        1 => (3_000_000_usize..9_000_000).prop_map(Step::Append),
        4 => (1_u64..40_000).prop_map(Step::Sleep),
        2 => Just(Step::Flush),
        1 => (0_u64..600, 0_u64..600, any::<bool>())
            .prop_map(|(busy, lost, outage)| Step::Fail { busy, lost, outage }),
        2 => Just(Step::Kill),
    ]
}

async fn play(steps: &[Step], seed: u64) {
    let world = World::new();
    {
        let mut faults = world.faults();
        faults.state = seed;
        faults.delay = 150;
    }
    let mut life = world.start();
    let mut smooth = true;
    for step in steps {
        match *step {
            Step::Append(length) => world.append(length),
            Step::Sleep(milliseconds) => sleep(Duration::from_millis(milliseconds)).await,
            Step::Flush => {
                life.flush();
            }
            Step::Fail { busy, lost, outage } => {
                smooth = false;
                let mut faults = world.faults();
                (faults.busy, faults.lost, faults.outage) = (busy, lost, outage);
            }
            Step::Kill => {
                smooth = false;
                life.kill().await;
                life = world.start();
            }
        }
    }
    {
        let mut faults = world.faults();
        (faults.busy, faults.lost, faults.outage) = (0, 0, false);
    }
    let setup = life.setup.clone();
    life.finish().await;
    world.check().await;
    let logged = world.log.lock().unwrap().len() as u64;
    let sent = setup.shared.stats().uploaded_bytes;
    // What fails is sent again; that is counted where requests fail.
    if smooth {
        assert!(
            sent <= 2 * logged + ALLOWANCE,
            "{sent} sent, {logged} logged"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 48,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_store_holds_the_log(steps in proptest::collection::vec(step(), 1..40), seed in any::<u64>()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(play(&steps, seed));
    }
}

/// Killed at each of the moments of a request: before it, before its answer, and after it.
#[tokio::test(start_paused = true)]
async fn a_kill_at_any_moment_of_an_upload_doubles_nothing() {
    for moment in 0..200 {
        let world = World::new();
        world.faults().delay = 400;
        let life = world.start();
        for _ in 0..3 {
            world.append(5_000);
            sleep(Duration::from_millis(20)).await;
        }
        sleep(Duration::from_millis(moment * 50)).await;
        life.kill().await;
        world.append(700);
        let life = world.start();
        life.finish().await;
        world.check().await;
    }
}

/// A segment was replaced and the answer lost; what has come since does not fit into it any more.
#[tokio::test(start_paused = true)]
async fn a_lost_answer_of_a_replaced_segment_doubles_nothing() {
    for killed in [false, true] {
        let world = World::new();
        let mut life = world.start();
        world.append(5_000_000);
        life.flush();
        sleep(Duration::from_secs(5)).await;
        world.faults().lost = 1000;
        world.append(3_000_000);
        life.flush();
        sleep(Duration::from_secs(5)).await;
        assert_eq!(world.keys().await.len(), 1);
        world.check().await;
        if killed {
            life.kill().await;
            world.faults().lost = 0;
            world.append(1_000_000);
            life = world.start();
        } else {
            world.append(1_000_000);
            world.faults().lost = 0;
        }
        life.finish().await;
        world.check().await;
        assert_eq!(world.keys().await.len(), 2);
    }
}
