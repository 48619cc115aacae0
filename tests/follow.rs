//! Following an event file while it grows.
#![expect(clippy::unwrap_used, reason = "a test ends where something fails")]

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use prost::Message;
use tensorbolt::event_file;
use tensorbolt::follow::{Follower, Series, Update};
use tensorbolt::proto::event::{At, Event};
use tensorbolt::proto::scalar;
use tensorbolt::proto::summary::{Data, HistogramProto, Summary, SummaryMetadata};
use tensorbolt::proto::tensor::{DataType, TensorProto};
use tensorbolt::record;

fn at(step: i64) -> At {
    At {
        wall_time: 1.5,
        step,
    }
}

fn scalar(step: i64) -> Vec<u8> {
    let mut out = Vec::new();
    record::encode_with(&mut out, |out| scalar::encode(out, at(step), "loss", 0.25));
    out
}

fn framed(event: &Event) -> Vec<u8> {
    let mut out = Vec::new();
    record::encode(&event.encode_to_vec(), &mut out);
    out
}

fn point(step: i64) -> Update {
    Update::Scalar {
        tag: "loss".into(),
        step,
        wall_time: 1.5,
        value: 0.25,
    }
}

fn append(path: &Path, bytes: &[u8]) {
    let file = OpenOptions::new().append(true).create(true).open(path);
    file.and_then(|mut file| file.write_all(bytes)).unwrap();
}

fn updates(follower: &mut Follower) -> Vec<Update> {
    follower.poll().unwrap().updates
}

#[test]
fn every_point_comes_once_wherever_the_bytes_stop() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events");
    let mut follower = Follower::new(&path);
    assert!(follower.poll().is_err_and(|error| error.is_store()));
    let bytes = [event_file::header(1.0), scalar(1), scalar(2)].concat();
    let mut found = Vec::new();
    for byte in &bytes {
        append(&path, &[*byte]);
        found.extend(updates(&mut follower));
    }
    assert_eq!(found, [point(1), point(2)]);
    assert_eq!(updates(&mut follower), []);
    assert_eq!(follower.position(), bytes.len() as u64);
}

#[test]
fn long_files_come_in_turns() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events");
    let records = 500_000;
    fs::write(&path, scalar(1).repeat(records)).unwrap();
    let mut follower = Follower::new(&path);
    let (mut found, mut turns) = (0, 0);
    loop {
        let poll = follower.poll().unwrap();
        found += poll.updates.len();
        turns += 1;
        if !poll.more {
            break;
        }
    }
    assert_eq!(found, records);
    assert!(turns > 1);
}

#[test]
fn a_rewritten_file_is_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events");
    fs::write(&path, [scalar(1), scalar(2)].concat()).unwrap();
    let mut follower = Follower::new(&path);
    assert_eq!(updates(&mut follower), [point(1), point(2)]);
    fs::write(&path, scalar(7)).unwrap();
    assert_eq!(updates(&mut follower), [Update::Purge(i64::MIN), point(7)]);
    assert_eq!(follower.seen().series["loss"].count, 1);
}

#[test]
fn damage_is_skipped_and_counted() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events");
    let mut no_message = Vec::new();
    record::encode(&[0xff; 9], &mut no_message);
    let timeless = Event {
        wall_time: f64::NAN,
        ..Event::default()
    };
    let parts = [
        scalar(1),
        vec![0; 64],
        scalar(2),
        no_message,
        framed(&timeless),
    ];
    fs::write(&path, parts.concat()).unwrap();
    let mut follower = Follower::new(&path);
    assert_eq!(updates(&mut follower), [point(1), point(2)]);
    assert_eq!((follower.seen().damage, follower.seen().nan_times), (2, 1));
}

#[test]
fn tensors_of_one_number_are_scalars_where_the_first_value_says_so() {
    let content = |dtype: DataType, bytes: &[u8]| TensorProto {
        dtype: dtype.into(),
        tensor_content: bytes.into(),
        ..TensorProto::default()
    };
    let tensors = [
        (TensorProto::float(0.5), Some(0.5)),
        (TensorProto::double(0.1), Some(0.1)),
        (content(DataType::Float, &0.5f32.to_le_bytes()), Some(0.5)),
        (content(DataType::Int64, &(-3i64).to_le_bytes()), Some(-3.0)),
        (content(DataType::Double, &[0; 16]), None),
        (content(DataType::String, &[0; 4]), None),
    ];
    let dir = tempfile::tempdir().unwrap();
    for (number, (tensor, value)) in tensors.into_iter().enumerate() {
        let path = dir.path().join(number.to_string());
        let data = || Data::Tensor(tensor.clone());
        let first = Summary::described("loss", data(), SummaryMetadata::plugin("scalars"));
        let later = Summary::single("loss", data());
        let other = Summary::described("note", data(), SummaryMetadata::plugin("text"));
        for summary in [first, later, other] {
            append(&path, &framed(&Event::summary(at(1), summary)));
        }
        let mut follower = Follower::new(&path);
        let expected = value.map(|value| Update::Scalar {
            tag: "loss".into(),
            step: 1,
            wall_time: 1.5,
            value,
        });
        let expected: Vec<_> = expected
            .into_iter()
            .flat_map(|update| [update.clone(), update])
            .collect();
        assert_eq!(updates(&mut follower), expected, "{number}");
        assert_eq!(follower.seen().series["loss"].count, 2);
        assert_eq!(follower.seen().series["note"].plugin, "text");
    }
}

#[test]
fn series_name_plugins_and_sizes_and_sessions_purge() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events");
    let histogram = Summary::single("weights", Data::Histo(HistogramProto::default()));
    let bytes = histogram.value[0].encoded_len() as u64;
    append(&path, &framed(&Event::summary(at(1), histogram)));
    append(&path, &framed(&Event::session_start(at(5))));
    let mut follower = Follower::new(&path);
    assert_eq!(updates(&mut follower), [Update::Purge(5)]);
    let series = Series {
        plugin: "histograms".into(),
        count: 1,
        bytes,
    };
    assert_eq!(follower.seen().series["weights"], series);
}
