//! Bytes that the reference implementations make, from the format's specification.

#![expect(clippy::expect_used, reason = "a test ends where something fails")]

use prost::Message;
use tensorbolt::proto::custom_scalars::{
    Category, Chart, Content, Layout, Margin, Multiline, Series,
};
use tensorbolt::proto::event::{At, Event, What};
use tensorbolt::proto::hparams::Kind;
use tensorbolt::proto::summary::{
    Data, DataClass, HistogramProto, PluginData, Summary, SummaryMetadata,
};
use tensorbolt::proto::tensor::{Dim, TensorProto, TensorShapeProto};
use tensorbolt::{encode, event_file, record};

const AT: At = At {
    wall_time: 1_700_000_000.5,
    step: 7,
};
const ONE: At = At {
    wall_time: 1.0,
    step: 0,
};

fn hex(text: &str) -> Vec<u8> {
    let digits: String = text.split_whitespace().collect();
    hex::decode(digits).expect("hex digits")
}

fn framed(payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    record::encode(payload, &mut out);
    out
}

fn scalar(at: At, tag: &str, value: f32) -> Vec<u8> {
    let mut out = Vec::new();
    tensorbolt::proto::scalar::encode(&mut out, at, tag, value);
    out
}

#[test]
fn records() {
    assert_eq!(framed(b""), hex("0000000000000000 29039807 d8ea82a2"));
    assert_eq!(
        framed(b"abc"),
        hex("0300000000000000 b099490e 616263 6e57f121")
    );
    let version = Event::new(
        At { step: 0, ..AT },
        What::FileVersion("brain.Event:2".into()),
    );
    assert_eq!(
        framed(&version.encode_to_vec()),
        hex("1800000000000000 a37f4b22 0900002040fc54d9411a0d627261696e2e4576656e743a32 2b353110")
    );
    assert_eq!(
        framed(&scalar(AT, "loss", 0.25)),
        hex(
            "1a00000000000000 129bd82d 0900002040fc54d94110072a0d0a0b0a046c6f7373150000803e c576518e"
        )
    );
}

#[test]
fn events() {
    assert_eq!(
        scalar(At { step: -1, ..AT }, "loss", 0.25),
        hex("0900002040fc54d94110ffffffffffffffffff012a0d0a0b0a046c6f7373150000803e")
    );
    assert_eq!(
        scalar(At { step: 3, ..ONE }, "loss", 0.5),
        hex("09000000000000f03f1003 2a0d0a0b0a046c6f7373150000003f")
    );
    assert_eq!(
        scalar(ONE, "loss", 0.5),
        hex("09000000000000f03f 2a0d0a0b0a046c6f7373150000003f")
    );
    assert_eq!(
        Event::session_start(At { step: 3, ..AT }).encode_to_vec(),
        hex("0900002040fc54d94110033a020801")
    );
    assert_eq!(
        Event::session_start(At { step: 5, ..ONE }).encode_to_vec(),
        hex("09000000000000f03f10053a020801")
    );
}

#[test]
fn tensors() {
    let shapeless = Event::summary(
        AT,
        Summary::single(
            "loss",
            Data::Tensor(TensorProto {
                tensor_shape: Some(TensorShapeProto::default()),
                ..TensorProto::float(0.25)
            }),
        ),
    );
    assert_eq!(
        shapeless.encode_to_vec(),
        hex("0900002040fc54d94110072a140a120a046c6f7373420a080112002a040000803e")
    );
    let metadata = SummaryMetadata {
        data_class: DataClass::Scalar.into(),
        plugin_data: Some(PluginData {
            plugin_name: "scalars".into(),
            content: Vec::new(),
        }),
        ..SummaryMetadata::default()
    };
    let tensor = TensorProto {
        tensor_shape: Some(TensorShapeProto::default()),
        ..TensorProto::float(0.25)
    };
    assert_eq!(
        Event::summary(
            AT,
            Summary::described("loss", Data::Tensor(tensor), metadata)
        )
        .encode_to_vec(),
        hex(
            "0900002040fc54d94110072a230a210a046c6f7373420a080112002a040000803e4a0d0a090a077363616c6172732001"
        )
    );
    let dim = |size| Dim {
        size,
        name: String::new(),
    };
    let empty = TensorProto {
        dtype: 1,
        tensor_shape: Some(TensorShapeProto {
            dim: vec![dim(0)],
            unknown_rank: false,
        }),
        ..TensorProto::default()
    };
    assert_eq!(empty.encode_to_vec(), hex("080112021200"));
    let content = [0.0_f64, 1.0, 2.0].iter().flat_map(|x| x.to_le_bytes());
    let double = TensorProto {
        dtype: 2,
        tensor_shape: Some(TensorShapeProto {
            dim: vec![dim(1), dim(3)],
            unknown_rank: false,
        }),
        tensor_content: content.collect(),
        ..TensorProto::default()
    };
    assert_eq!(
        double.encode_to_vec(),
        hex("08021208120208011202080322180000000000000000000000000000f03f0000000000000040")
    );
}

#[test]
fn histogram_message() {
    let histogram = HistogramProto {
        min: 0.0,
        max: 1.0,
        num: 2.0,
        sum: 1.0,
        sum_squares: 1.0,
        bucket_limit: vec![1.0],
        bucket: vec![2.0],
    };
    assert_eq!(
        histogram.encode_to_vec(),
        hex(
            "11000000000000f03f19000000000000004021000000000000f03f29000000000000f03f3208000000000000f03f3a080000000000000040"
        )
    );
}

/// The `Summary` within an encoded event at wall time 1 and step 0.
fn summary(event: &[u8]) -> Vec<u8> {
    match Event::decode(event).expect("an event").what {
        Some(What::Summary(summary)) => summary.encode_to_vec(),
        other => panic!("a summary, not {other:?}"),
    }
}

#[test]
fn what_torch_and_tensorboardx_write() {
    assert_eq!(
        summary(&encode::tensor_scalar(ONE, "loss", 0.5, false)),
        hex("0a1d0a046c6f7373420808012a040000003f4a0b0a090a077363616c617273")
    );
    assert_eq!(
        summary(&encode::tensor_scalar(ONE, "loss", 0.5, true)),
        hex("0a210a046c6f7373420c08023208000000000000e03f4a0b0a090a077363616c617273")
    );
    assert_eq!(
        summary(&encode::text(ONE, "t", "hi")),
        hex("0a280a0e742f746578745f73756d6d617279420c0807120412020801420268694a080a060a0474657874")
    );
}

#[test]
fn hyperparameters_of_both() {
    let bool = [("b".to_owned(), Kind::Bool(true), None)];
    let events = encode::hparams(ONE, &bool, &["acc"]);
    let [start, end] = events.as_slice() else {
        panic!("two events, not {}", events.len());
    };
    assert_eq!(
        summary(start),
        hex(
            "0a380a1c5f68706172616d735f2f73657373696f6e5f73746172745f696e666f4a180a160a0768706172616d73120b1a090a070a016212022001"
        )
    );
    assert_eq!(
        summary(end),
        hex(
            "0a2f0a1a5f68706172616d735f2f73657373696f6e5f656e645f696e666f4a110a0f0a0768706172616d73120422020801"
        )
    );
}

#[test]
fn columns_come_with_a_domain() {
    let domain = Some(vec![Kind::Number(0.1)]);
    let hparams = [
        ("lr".to_owned(), Kind::Number(0.1), domain),
        ("s".to_owned(), Kind::Text("x".into()), None),
    ];
    let events = encode::hparams(ONE, &hparams, &["acc"]);
    let columns = events.first().expect("an event");
    assert_eq!(
        summary(columns),
        hex(
            "0a4c0a145f68706172616d735f2f6578706572696d656e744a340a320a0768706172616d731227122522130a026c7220032a0b0a09119a9999999999b93f22050a017320012a070a051203616363"
        )
    );
    assert_eq!(events.len(), 3);
}

#[test]
fn layouts_of_both() {
    let chart = |title: &str, content| Chart {
        title: title.into(),
        content: Some(content),
    };
    let lines = Content::Multiline(Multiline {
        tag: vec!["x".into(), "y".into()],
    });
    let series = Series {
        value: "a".into(),
        lower: "b".into(),
        upper: "c".into(),
    };
    let band = Content::Margin(Margin {
        series: vec![series],
    });
    let layout = Layout {
        version: 0,
        category: vec![Category {
            title: "A".into(),
            chart: vec![chart("c", lines), chart("m", band)],
            closed: false,
        }],
    };
    assert_eq!(
        summary(&encode::custom_scalars(ONE, &layout)),
        hex(
            "0a5a0a18637573746f6d5f7363616c6172735f5f636f6e6669675f5f422a08071200422412220a0141120b0a016312060a01780a017912100a016d1a0b0a090a01611201621a01634a120a100a0e637573746f6d5f7363616c617273"
        )
    );
}

#[test]
fn file_names_sort_in_the_order_they_were_made() {
    let name = |seconds, counter| event_file::name(seconds, "host", 42, counter, ".v2");
    assert_eq!(
        name(1_700_000_000, 3),
        "events.out.tfevents.1700000000.host.42.000003.v2"
    );
    assert!(name(1_700_000_000, 9) < name(1_700_000_000, 10));
    assert!(name(999_999_999, 10) < name(1_000_000_000, 0));
    assert!(!event_file::name(1, "../x", 1, 0, "").contains('/'));
}
