//! Files of the embedding projector: numbers come back from their text, and an entry finds its place in any config
//! without harm to the rest.

#![no_main]

use std::borrow::Cow;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use tensorbolt::projector::{Address, Entry, merge, tsv};
use tensorbolt::samples::Samples;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    numbers: Vec<f32>,
    doubles: Vec<f64>,
    columns: u8,
    config: &'a str,
    entries: Vec<(&'a str, i64)>,
}

fuzz_target!(|input: Input| {
    let columns = usize::from(input.columns).max(1);
    let text = written(&Samples::F32(Cow::Borrowed(&input.numbers)), columns);
    let numbers: Vec<f32> = read(&text, columns, input.numbers.len());
    assert!(same(&numbers, &input.numbers, f32::to_bits, f32::is_nan));
    let text = written(&Samples::F64(Cow::Borrowed(&input.doubles)), columns);
    let doubles: Vec<f64> = read(&text, columns, input.doubles.len());
    assert!(same(&doubles, &input.doubles, f64::to_bits, f64::is_nan));

    let mut config = input.config.to_owned();
    for (tag, step) in input.entries {
        let Ok(address) = Address::new(tag, step) else {
            continue;
        };
        assert!(
            !address
                .directory()
                .split('/')
                .any(|part| matches!(part, "" | "." | ".."))
        );
        let entry = Entry::new(&address);
        let Some(merged) = merge(&config, &entry) else {
            // What is no config stays none.
            assert_eq!(config, input.config);
            return;
        };
        let again = merge(&merged, &entry).expect("what we write, we read");
        assert_eq!(again, merged, "an entry takes its own place");
        config = merged;
    }
});

fn written(samples: &Samples<'_>, columns: usize) -> String {
    let mut text = Vec::new();
    let put = &mut |bytes: &[u8]| {
        text.extend_from_slice(bytes);
        Ok(())
    };
    tsv(samples, columns, None, put).expect("memory takes all");
    String::from_utf8(text).expect("text")
}

fn read<T: std::str::FromStr<Err: std::fmt::Debug>>(
    text: &str,
    columns: usize,
    count: usize,
) -> Vec<T> {
    assert_eq!(text.lines().count(), count.div_ceil(columns));
    let rows = text.lines().map(|line| line.split('\t'));
    rows.flatten()
        .map(|number| number.parse().expect("a number"))
        .collect()
}

fn same<T: Copy, B: PartialEq>(
    one: &[T],
    other: &[T],
    bits: impl Fn(T) -> B,
    nan: impl Fn(T) -> bool,
) -> bool {
    let equal = |(&one, &other)| bits(one) == bits(other) || (nan(one) && nan(other));
    one.len() == other.len() && one.iter().zip(other).all(equal)
}
