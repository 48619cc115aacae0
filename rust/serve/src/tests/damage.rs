//! All calls over files that are damaged in any way, and that grow.

use proptest::prelude::*;

use crate::trial::{Damage, Part, Written, try_all};

fn written() -> impl Strategy<Value = Written> {
    let part = prop_oneof![
        8 => (0..3_u8, -2..20_i8, any::<f32>()).prop_map(|(tag, step, value)| Part::Number(tag, step, value)),
        4 => (-2..20_i8, any::<f64>()).prop_map(|(step, value)| Part::Double(step, value)),
        2 => (0..20_i8, any::<u8>()).prop_map(|(step, size)| Part::Image(step, size)),
        1 => (0..20_i8, prop::collection::vec(any::<f64>(), 0..5)).prop_map(|(step, all)| Part::Histogram(step, all)),
        1 => (0..20_i8, any::<u8>()).prop_map(|(step, size)| Part::Text(step, size)),
        1 => (0..20_i8, any::<u8>()).prop_map(|(step, size)| Part::Graph(step, size)),
        1 => prop::collection::vec(any::<u8>(), 0..20).prop_map(Part::HParams),
        1 => (0..20_i8).prop_map(Part::Start),
        1 => prop::collection::vec(any::<u8>(), 0..60).prop_map(Part::Bytes),
        1 => any::<u8>().prop_map(Part::Zeros),
    ];
    let damage = prop_oneof![
        6 => Just(Damage::None),
        1 => (any::<u16>(), 1..=u8::MAX).prop_map(|(at, change)| Damage::Flip(at, change)),
        1 => any::<u16>().prop_map(Damage::Cut),
        1 => (any::<u16>(), 1..=u8::MAX).prop_map(|(at, change)| Damage::Rewritten(at, change)),
    ];
    (0..3_u8, 0..2_u8, part, damage, prop::bool::weighted(0.3)).prop_map(
        |(run, file, part, damage, looks)| Written {
            run,
            file,
            part,
            damage,
            looks,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 100,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_call_fails_and_none_contradicts_the_reader(all in prop::collection::vec(written(), 1..60)) {
        try_all(&all);
    }
}
