//! Event files in the reader: all points, in order, whatever their form.
#![expect(clippy::unwrap_used, reason = "a test ends where something fails")]

mod reader_files;

use prost::Message;
use reader_files::{Files, at, framed, scalar, tensor_event};
use tensorbolt::event_file;
use tensorbolt::proto::event::{Event, What};
use tensorbolt::proto::summary::{
    Data, HistogramProto, PluginData, Summary, SummaryMetadata, Value,
};
use tensorbolt::proto::tensor::{DataType, TensorProto, TensorShapeProto};
use tensorbolt::reader::{Kind, Kinds, Wanted};

#[test]
fn points_come_in_the_order_of_runs_and_tags() {
    let files = Files::new();
    let bytes = [
        event_file::header(1.0),
        scalar("b", 1, 0.5),
        scalar("a", 1, 1.5),
        scalar("b", 2, 2.5),
    ];
    files.write("two/events.out.tfevents.1", &bytes.concat());
    files.write("one/deep/events.out.tfevents.1", &scalar("c", 7, -1.0));
    files.write("two/other.txt", b"no event file");
    let scalars = files.log().scalars();
    assert_eq!(scalars.runs, ["one/deep", "two"]);
    assert_eq!(scalars.tags, ["a", "b", "c"]);
    let groups: Vec<_> = scalars
        .groups
        .iter()
        .map(|group| (group.run, group.tag, group.count))
        .collect();
    assert_eq!(groups, [(0, 2, 1), (1, 0, 1), (1, 1, 2)]);
    assert_eq!(scalars.steps, [7, 1, 1, 2]);
    assert_eq!(scalars.times, [1.5; 4]);
    assert_eq!(scalars.values, [-1.0, 1.5, 0.5, 2.5]);
}

/// A tensor of one element in its typed field.
fn typed(dtype: DataType, set: impl FnOnce(&mut TensorProto)) -> TensorProto {
    let mut tensor = TensorProto {
        dtype: dtype.into(),
        ..TensorProto::default()
    };
    set(&mut tensor);
    tensor
}

/// A tensor of one element as raw bytes.
fn raw(dtype: i32, content: &[u8], shape: &[usize]) -> TensorProto {
    TensorProto {
        dtype,
        tensor_shape: Some(TensorShapeProto::of(shape)),
        tensor_content: content.into(),
        ..TensorProto::default()
    }
}

#[test]
fn scalars_of_every_type_and_form_are_one_table() {
    let tensors = [
        (TensorProto::float(0.5), 0.5),
        (TensorProto::double(0.1), 0.1),
        (TensorProto::floats(&[1], vec![2.5]), 2.5),
        (
            typed(DataType::Int32, |tensor| tensor.int_val = vec![-3]),
            -3.0,
        ),
        (
            typed(DataType::Int64, |tensor| {
                tensor.int64_val = vec![-(1 << 53)];
            }),
            -(2_f64.powi(53)),
        ),
        (
            typed(DataType::Bool, |tensor| tensor.bool_val = vec![true]),
            1.0,
        ),
        (
            typed(DataType::Half, |tensor| tensor.half_val = vec![0x3800]),
            0.5,
        ),
        (
            typed(DataType::Uint8, |tensor| tensor.int_val = vec![255]),
            255.0,
        ),
        (raw(1, &0.25_f32.to_le_bytes(), &[]), 0.25),
        (raw(2, &0.2_f64.to_le_bytes(), &[1]), 0.2),
        (raw(3, &(-7_i32).to_le_bytes(), &[1, 1]), -7.0),
        (raw(4, &[200], &[]), 200.0),
        (raw(5, &(-300_i16).to_le_bytes(), &[]), -300.0),
        (raw(6, &[0xff], &[]), -1.0),
        (raw(9, &i64::MIN.to_le_bytes(), &[]), -(2_f64.powi(63))),
        (raw(10, &[1], &[]), 1.0),
        (raw(14, &[0x80, 0x3f], &[]), 1.0),
        (raw(17, &[0xff, 0xff], &[]), 65535.0),
        (raw(19, &[0x00, 0x3c], &[]), 1.0),
        (raw(22, &u32::MAX.to_le_bytes(), &[]), f64::from(u32::MAX)),
        (raw(23, &u64::MAX.to_le_bytes(), &[]), 2_f64.powi(64)),
        (raw(25, &[0x7e], &[]), 448.0),
    ];
    let mut bytes = scalar("tag", 0, -0.0);
    let mut wanted = vec![-0.0];
    for (step, (tensor, value)) in (1..).zip(tensors) {
        bytes.extend(tensor_event("tag", "scalars", step, tensor));
        wanted.push(value);
    }
    let files = Files::new();
    files.write("events.out.tfevents.1", &bytes);
    let log = files.log();
    let scalars = log.scalars();
    assert_eq!(scalars.runs, ["."]);
    assert_eq!(scalars.groups.len(), 1);
    assert_eq!(scalars.values, wanted);
    assert!(
        scalars
            .values
            .first()
            .is_some_and(|value| value.is_sign_negative())
    );
}

#[test]
fn what_is_no_single_number_is_a_tensor() {
    let files = Files::new();
    let bytes = [
        tensor_event("tag", "scalars", 1, TensorProto::float(1.0)),
        tensor_event(
            "tag",
            "scalars",
            2,
            TensorProto::floats(&[2], vec![1.0, 2.0]),
        ),
        tensor_event("tag", "scalars", 3, TensorProto::float(3.0)),
        tensor_event("other", "mine", 1, TensorProto::float(3.0)),
    ];
    files.write("events.out.tfevents.1", &bytes.concat());
    let log = files.log();
    assert_eq!(log.scalars().steps, [1, 3]);
    assert_eq!(log.scalars().values, [1.0, 3.0]);
    let tags: Vec<_> = log
        .tags()
        .into_iter()
        .map(|tag| (tag.tag, tag.kind, tag.count))
        .collect();
    let wanted = [
        ("other".into(), Kind::Tensors, 1),
        ("tag".into(), Kind::Scalars, 2),
        ("tag".into(), Kind::Tensors, 1),
    ];
    assert_eq!(tags, wanted);
}

#[test]
fn tags_say_what_there_is_of_each() {
    let files = Files::new();
    let metadata = SummaryMetadata {
        plugin_data: Some(PluginData {
            plugin_name: "scalars".into(),
            content: Vec::new(),
        }),
        display_name: "Loss".into(),
        summary_description: "of *all*".into(),
        ..SummaryMetadata::default()
    };
    let value = |data| Value {
        tag: "loss".into(),
        data: Some(data),
        metadata: Some(metadata.clone()),
        ..Value::default()
    };
    let event = |step, data| {
        framed(&Event::summary(
            at(step),
            Summary {
                value: vec![value(data)],
            },
        ))
    };
    let bytes = [
        event(3, Data::SimpleValue(1.0)),
        event(9, Data::SimpleValue(1.0)),
        event(4, Data::Histo(HistogramProto::default())),
    ];
    files.write("a/events.out.tfevents.1", &bytes.concat());
    let log = files.log();
    let [scalars, histograms] = log.tags().try_into().unwrap();
    assert_eq!(
        (scalars.kind, scalars.count, scalars.steps),
        (Kind::Scalars, 2, (3, 9))
    );
    assert_eq!(
        (histograms.kind, histograms.count, histograms.steps),
        (Kind::Histograms, 1, (4, 4))
    );
    assert_eq!(scalars.metadata.display_name, "Loss");
    assert_eq!(scalars.metadata.description, "of *all*");
    assert_eq!(scalars.metadata.plugin, "scalars");
    assert_eq!(scalars.times, (1.5, 1.5));
    let [run] = log.runs().try_into().unwrap();
    assert_eq!(
        (run.name.as_str(), run.events, run.times),
        ("a", 3, Some((1.5, 1.5)))
    );
    assert_eq!(run.bytes, bytes.concat().len() as u64);
}

#[test]
fn only_what_is_wanted_is_kept() {
    let files = Files::new();
    let bytes: Vec<u8> = (0..10)
        .flat_map(|step| [scalar("a", step, 1.0), scalar("b", step, 2.0)].concat())
        .collect();
    files.write("events.out.tfevents.1", &bytes);
    let only_b = files.log_with(Wanted::default(), |tag| tag == "b", 1);
    assert_eq!(only_b.scalars().tags, ["b"]);
    let steps = Wanted {
        steps: (3, 5),
        ..Wanted::default()
    };
    assert_eq!(
        files.log_with(steps, |tag| tag == "a", 1).scalars().steps,
        [3, 4, 5]
    );
    let images = Wanted {
        kinds: Kinds::of(&[Kind::Images]),
        ..Wanted::default()
    };
    assert_eq!(files.log_with(images, |_| true, 1).tags(), []);
}

#[test]
fn many_tags_in_one_event_are_read_whatever_their_number() {
    let files = Files::new();
    let value = |number: u16| Value {
        tag: format!("layer/{number}"),
        data: Some(Data::SimpleValue(number.into())),
        ..Value::default()
    };
    let event = |step| {
        let value = (0..5000).map(value).collect();
        framed(&Event::summary(at(step), Summary { value }))
    };
    let bytes = [event(1), event(2)].concat();
    // Longer than what is kept in memory of a record.
    assert!(bytes.len() > 2 * (64 << 10));
    files.write("events.out.tfevents.1", &bytes);
    let scalars = files.log().scalars();
    assert_eq!(scalars.tags.len(), 5000);
    assert_eq!(scalars.steps, [1, 2].repeat(5000));
    let number = |tag: &String| tag.trim_start_matches("layer/").parse::<f64>().unwrap();
    let wanted: Vec<_> = scalars
        .tags
        .iter()
        .flat_map(|tag| [number(tag); 2])
        .collect();
    assert_eq!(scalars.values, wanted);
}

#[test]
fn events_of_other_sorts_and_unknown_fields_are_passed_over() {
    let files = Files::new();
    let mut unknown = Event::summary(at(1), Summary::default()).encode_to_vec();
    unknown.extend([0xf8, 0x07, 0x2a, 0xfa, 0x07, 0x01, 0xff]);
    let mut record = Vec::new();
    tensorbolt::record::encode(&unknown, &mut record);
    let graph = framed(&Event::new(at(0), What::GraphDef(vec![0; 100])));
    files.write(
        "events.out.tfevents.1",
        &[record, graph, scalar("a", 2, 1.0)].concat(),
    );
    let log = files.log();
    assert_eq!(log.scalars().steps, [2]);
    assert_eq!(log.damage(), []);
}
