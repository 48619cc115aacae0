//! Events: any bytes end in a value or an error, what was decoded is the same after one more turn through the encoder, and
//! the writers that make an event by hand agree with the decoder.

#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use prost::Message;
use tensorbolt::encode;
use tensorbolt::inspect::EventSummary;
use tensorbolt::proto::event::{At, Event, What};
use tensorbolt::proto::peek;
use tensorbolt::proto::scalar;
use tensorbolt::proto::summary::Data;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    /// A payload as it may stand in a file.
    bytes: &'a [u8],
    time: f64,
    step: i64,
    tag: &'a str,
    value: f32,
    text: &'a str,
    spoil: Vec<(u16, u8)>,
}

fuzz_target!(|input: Input| {
    any(input.bytes);
    let at = At {
        wall_time: input.time,
        step: input.step,
    };
    let mut number = Vec::new();
    scalar::encode(&mut number, at, input.tag, input.value);
    let event = any(&number).expect("a scalar is an event");
    // Zero is not written, so its sign gets lost.
    let same = event.wall_time.to_bits() == input.time.to_bits();
    assert!(same || (event.wall_time == 0.0 && input.time == 0.0));
    assert_eq!(event.step, input.step);
    let Some(What::Summary(summary)) = event.what else {
        panic!("a scalar is a summary");
    };
    assert_eq!(summary.value[0].tag, input.tag);
    let Some(Data::SimpleValue(value)) = summary.value[0].data else {
        panic!("a scalar is a number");
    };
    assert_eq!(value.to_bits(), input.value.to_bits());

    let mut text = encode::text(at, input.tag, input.text);
    any(&text).expect("a text is an event");
    for payload in [&number, &text] {
        let event = EventSummary::of(payload).expect("an event");
        assert_eq!(event.tags.len(), 1);
        assert!(event.tags[0].starts_with(input.tag));
        assert_eq!(peek::peek(payload).step.unwrap_or(0), input.step);
    }
    for &(at, change) in &input.spoil {
        let at = usize::from(at) % text.len();
        text[at] ^= change;
    }
    any(&text);
});

/// Calls that accept any bytes.
fn any(bytes: &[u8]) -> Option<Event> {
    let _ = peek::peek(bytes);
    peek::insert(bytes, 5, &mut Vec::new());
    let summary = EventSummary::of(bytes);
    let event = Event::decode(bytes);
    assert_eq!(
        summary.is_ok(),
        event.is_ok(),
        "one opinion of what an event is"
    );
    let event = event.ok()?;
    let once = event.encode_to_vec();
    let again = Event::decode(&once[..]).expect("what we encode, we decode");
    // The bytes are compared, since NaN does not equal itself.
    assert_eq!(again.encode_to_vec(), once);
    Some(event)
}
