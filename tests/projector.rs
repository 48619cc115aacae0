//! The projector's files: points as text, the merged config, names that stay inside the run.

#![expect(clippy::unwrap_used, reason = "a test ends where something fails")]

use std::fs;
use std::path::{Component, Path};
use std::thread;

use half::f16;
use proptest::prelude::*;
use rayon::ThreadPoolBuilder;
use tensorbolt::codec::png::Compression;
use tensorbolt::projector::{
    Address, CONFIG, Embedding, Sprite, WriteContext, points_and_columns, tsv, write,
};
use tensorbolt::samples::Samples;

fn text(samples: &Samples<'_>, columns: usize, threads: usize) -> String {
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .unwrap();
    let mut text = Vec::new();
    let mut put = |bytes: &[u8]| {
        text.extend_from_slice(bytes);
        Ok(())
    };
    tsv(
        samples,
        columns,
        Some(&pool).filter(|_| threads > 1),
        &mut put,
    )
    .unwrap();
    String::from_utf8(text).unwrap()
}

fn numbers<T: std::str::FromStr>(text: &str) -> Vec<T> {
    text.split_ascii_whitespace()
        .map(|word| word.parse().ok().unwrap())
        .collect()
}

fn embedding(tag: &str, step: i64) -> Embedding {
    Embedding {
        address: Address::new(tag, step).unwrap(),
        points: vec![1.0_f32, 2.5, -0.1, 4.0].into(),
        columns: 2,
        binary: false,
        metadata: None,
        sprite: None,
    }
}

fn put(embedding: &Embedding, root: &Path) -> Option<tensorbolt::Error> {
    let context = WriteContext {
        pool: None,
        fsync: false,
        add_written: &|_| {},
    };
    write(embedding, root, &context).unwrap()
}

fn config(root: &Path) -> String {
    fs::read_to_string(root.join(CONFIG)).unwrap()
}

#[test]
fn numbers_have_their_usual_text() {
    let floats = [
        0.1_f32,
        1.0,
        -0.0,
        f32::NAN,
        f32::INFINITY,
        f32::NEG_INFINITY,
        1e-40,
        f32::MAX,
    ];
    assert_eq!(
        text(&floats.as_slice().into(), 4, 1),
        "0.1\t1.0\t-0.0\tnan\ninf\t-inf\t1e-40\t3.4028235e+38\n"
    );
    assert_eq!(text(&vec![true, false].into(), 1, 1), "1\n0\n");
    assert_eq!(text(&vec![-128_i8, 5].into(), 2, 1), "-128\t5\n");
    assert_eq!(text(&vec![u64::MAX].into(), 1, 1), "18446744073709551615\n");
    let half = f16::from_f32(0.1);
    assert_eq!(text(&vec![half].into(), 1, 1), "0.099975586\n");
}

#[test]
fn threads_keep_the_order() {
    for columns in [1, 7, 100_000] {
        let values: Vec<i32> = (0..300_000 / columns * columns).collect();
        let expected = text(&values.as_slice().into(), columns as usize, 1);
        assert_eq!(
            text(&values.as_slice().into(), columns as usize, 3),
            expected
        );
        assert_eq!(numbers::<i32>(&expected), values);
        assert_eq!(expected.lines().count(), values.len() / columns as usize);
    }
}

#[test]
fn shapes_of_points() {
    assert_eq!(points_and_columns(&[3, 4]).unwrap(), (3, 4));
    for shape in [&[][..], &[3], &[0, 3], &[3, 0], &[1, 2, 3]] {
        assert!(points_and_columns(shape).unwrap_err().is_shape());
    }
}

#[test]
fn tags_name_one_directory() {
    let directory = |tag, step| Address::new(tag, step).unwrap().directory().to_owned();
    assert_eq!(directory("a/b\\c%", 3), "00003/a%2fb%5cc%25");
    assert_eq!(directory("..", -1), "-0001/%2e%2e");
    assert_eq!(directory(".", 1_234_567), "1234567/%2e");
    assert_eq!(directory("", 0), "00000");
    assert_eq!(directory("..a", 0), "00000/..a");
    assert!(Address::new(&"x".repeat(256), 0).unwrap_err().is_argument());
}

#[test]
fn an_unreadable_config_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    for (number, bytes) in [b"embeddings {".as_slice(), b"\xff\xfe"]
        .into_iter()
        .enumerate()
    {
        fs::write(dir.path().join(CONFIG), bytes).unwrap();
        let complaint = put(&embedding("a", 0), dir.path()).unwrap();
        assert!(complaint.is_corrupt());
        let kept = [
            "projector_config.pbtxt.unreadable",
            "projector_config.pbtxt.unreadable-1",
        ][number];
        assert!(complaint.to_string().contains(kept));
        assert_eq!(fs::read(dir.path().join(kept)).unwrap(), bytes);
        assert_eq!(config(dir.path()).matches("a:00000").count(), 1);
    }
    assert!(put(&embedding("b", 0), dir.path()).is_none());
}

#[test]
fn no_entry_of_several_threads_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    thread::scope(|scope| {
        for worker in 0..6 {
            let root = dir.path();
            scope.spawn(move || {
                for step in 0..20 {
                    assert!(put(&embedding(&format!("w{worker}"), step), root).is_none());
                }
            });
        }
    });
    let text = config(dir.path());
    for worker in 0..6 {
        for step in 0..20 {
            assert_eq!(text.matches(&format!("\"w{worker}:{step:05}\"")).count(), 1);
        }
    }
    let names = fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    assert_eq!(
        names
            .filter(|name| name.to_string_lossy().starts_with('.'))
            .count(),
        0
    );
}

/// True if files can be without a name here.
#[cfg(target_os = "linux")]
fn has_unnamed_files(dir: &Path) -> bool {
    use rustix::fs::{CWD, Mode, OFlags, openat};
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    openat(CWD, dir, flags, Mode::from_raw_mode(0o600)).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn has_unnamed_files(_: &Path) -> bool {
    false
}

#[test]
fn a_file_has_no_name_until_it_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let directory = dir.path().join("00000/a");
    // What is there already is replaced.
    for round in 0..2 {
        let before = |dir: &Path| fs::read_dir(dir).map_or(0, Iterator::count);
        let seen = std::cell::RefCell::new(Vec::new());
        let context = WriteContext {
            pool: None,
            fsync: true,
            add_written: &|_| {
                seen.borrow_mut()
                    .push(before(&directory) + before(dir.path()));
            },
        };
        let mut embedding = embedding("a", 0);
        embedding.metadata = Some("x\ny\n".into());
        assert!(write(&embedding, dir.path(), &context).unwrap().is_none());
        // The points, the labels, the config: with the directory of the step, which is there first.
        let names = [[1, 2, 3], [4, 4, 4]][round];
        if has_unnamed_files(dir.path()) {
            assert_eq!(seen.into_inner(), names);
        }
        assert_eq!(before(&directory), 2);
        assert_eq!(before(dir.path()), 2);
        let points = fs::read_to_string(directory.join("tensors.tsv")).unwrap();
        assert_eq!(points, "1.0\t2.5\n-0.1\t4.0\n");
    }
}

#[test]
fn a_failure_leaves_no_temporary_file() {
    let dir = tempfile::tempdir().unwrap();
    let directory = dir.path().join("00000/a");
    fs::create_dir_all(directory.join("tensors.tsv/in/the/way")).unwrap();
    let context = WriteContext {
        pool: None,
        fsync: true,
        add_written: &|_| {},
    };
    let error = write(&embedding("a", 0), dir.path(), &context).unwrap_err();
    assert!(error.is_store());
    assert!(error.to_string().contains("tensors.tsv"));
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
    assert!(!dir.path().join(CONFIG).exists());
}

#[test]
fn binary_points_only_where_no_reader_takes_them_for_text() {
    let dir = tempfile::tempdir().unwrap();
    let mut embedding = embedding("a", 0);
    embedding.binary = true;
    assert!(put(&embedding, dir.path()).is_none());
    let bytes = fs::read(dir.path().join("00000/a/tensors.bytes")).unwrap();
    let floats: Vec<f32> = bytes
        .as_chunks()
        .0
        .iter()
        .map(|&four| f32::from_ne_bytes(four))
        .collect();
    assert_eq!(floats, [1.0, 2.5, -0.1, 4.0]);
    assert!(config(dir.path()).contains("tensor_shape: 2\n  tensor_shape: 2\n"));
    embedding.points = vec![0.0_f32; 4].into();
    assert!(put(&embedding, dir.path()).is_none());
    assert!(config(dir.path()).contains("tensors.tsv"));
    assert!(!config(dir.path()).contains("tensor_shape"));
}

#[test]
fn grids_are_square_in_tiles() {
    let layout = Sprite::layout("NCHW", &[5, 1, 2, 3], 5).unwrap();
    assert_eq!(
        (layout.width(), layout.height(), layout.tile()),
        (9, 6, [3, 2])
    );
    for points in [1, 4, 9, 10, 16, 17] {
        let layout = Sprite::layout("NHWC", &[points, 1, 1, 3], points).unwrap();
        assert_eq!(layout.width(), layout.height());
        let side = layout.width() as usize;
        assert!(side * side >= points && (side - 1) * (side - 1) < points);
    }
    assert!(Sprite::layout("NCHW", &[4, 3, 4096, 4096], 4).is_ok());
    for (shape, points) in [
        ([4, 3, 4097, 1], 4),
        ([4, 3, 1, 4097], 4),
        ([4, 3, 1, 1], 3),
        ([4, 5, 1, 1], 4),
    ] {
        assert!(
            Sprite::layout("NCHW", &shape, points)
                .unwrap_err()
                .is_shape()
        );
    }
}

#[test]
fn unused_tiles_are_black() {
    let layout = Sprite::layout("NCHW", &[2, 3, 1, 1], 2).unwrap();
    let file = Sprite::new(vec![7_u8; 6].into(), layout, Compression::Fast)
        .encode()
        .unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(file))
        .read_info()
        .unwrap();
    let mut pixels = vec![1; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    assert_eq!(pixels, [7, 7, 7, 7, 7, 7, 0, 0, 0, 0, 0, 0]);
}

proptest! {
    #[test]
    fn doubles_read_back(values in prop::collection::vec(any::<f64>(), 1..50)) {
        let read: Vec<f64> = numbers(&text(&values.as_slice().into(), 1, 1));
        prop_assert!(read.iter().zip(&values).all(|(a, b)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()));
    }

    #[test]
    fn floats_read_back_from_no_more_digits_than_needed(values in prop::collection::vec(any::<f32>(), 1..50)) {
        let text = text(&values.as_slice().into(), 1, 1);
        let read: Vec<f32> = numbers(&text);
        prop_assert!(read.iter().zip(&values).all(|(a, b)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()));
        let digits = |text: &str| text.split('e').next().unwrap_or_default().trim_matches(['-', '0', '.']).len();
        for (line, value) in text.lines().zip(&values) {
            let standard = format!("{value:e}");
            prop_assert!(digits(line) <= digits(&standard) + 1);
        }
    }

    #[test]
    fn no_tag_leaves_the_run(tag in "[./\\\\%a\\x00 :~-]{0,8}", step in any::<i64>()) {
        let address = Address::new(&tag, step).unwrap();
        let parts: Vec<_> = Path::new(address.directory()).components().collect();
        prop_assert!(parts.iter().all(|part| matches!(part, Component::Normal(_))));
        prop_assert_eq!(parts.len(), 1 + usize::from(!tag.is_empty()));
    }
}
