//! Long values, whose checksums are compared after they were listed.

use std::fs;

use tensorbolt::proto::summary::{Data, Image, Summary};
use tensorbolt::reader::Origin;

use super::{Logs, asked, curve, event, number};
use crate::calls;
use crate::catalog::Catalog;
use crate::log::Left;

/// Far longer than what is read at a time.
const PICTURE_BYTES: usize = 100_000;

fn picture(step: i64) -> Vec<u8> {
    let image = Image {
        height: 2,
        width: 3,
        colorspace: 3,
        encoded_image_string: vec![7; PICTURE_BYTES],
    };
    event(step, Summary::single("sample", Data::Image(image)))
}

/// A log of three pictures with a number behind each.
fn log() -> Logs {
    let logs = Logs::new();
    for step in 0..3 {
        logs.append("a", 1, &[picture(step), number("x", step, 0.5)]);
    }
    logs
}

/// Flips a bit in the middle of the second picture.
fn damage(logs: &Logs) {
    let path = logs.file("a", 1);
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
}

fn steps(catalog: &Catalog) -> Vec<i64> {
    let reply = calls::read_blobs(catalog, &asked("images", 10)).unwrap();
    let tags = reply.runs.into_iter().flat_map(|run| run.tags);
    tags.filter_map(|tag| tag.content)
        .flat_map(|data| data.step)
        .collect()
}

#[test]
fn they_are_listed_first_and_compared_later() {
    let mut logs = log();
    let (_, catalog) = logs.look();
    assert_eq!(steps(&catalog), [0, 1, 2]);
    assert_eq!(logs.log.compare(), Left::Nothing);
    assert!(
        logs.log.is_changed(),
        "the next catalog has nothing left to compare"
    );
    assert_eq!(steps(&logs.look().1), [0, 1, 2]);
    assert_eq!(logs.log.compare(), Left::Nothing);
    assert!(!logs.look().0);
}

#[test]
fn a_damaged_one_is_refused_at_once_and_left_out_later() {
    let mut logs = log();
    damage(&logs);
    let (_, catalog) = logs.look();
    assert_eq!(steps(&catalog), [0, 1, 2]);
    let run = catalog.run("a").unwrap();
    let [file] = &run.files[..] else {
        panic!("one file");
    };
    let Origin::Path(_) = &file.origin else {
        panic!("a file of this machine");
    };
    let source = file.origin.open().unwrap();
    let others = &run.others[0].points;
    let checks = others
        .all()
        .iter()
        .map(|datum| file.check(&*source, datum.offset).is_ok());
    assert_eq!(checks.collect::<Vec<_>>(), [true, false, true]);

    assert_eq!(logs.log.compare(), Left::Damage);
    let (_, catalog) = logs.look();
    assert_eq!(steps(&catalog), [0, 2]);
    assert_eq!(curve(&catalog, "a", "x").len(), 3);
    assert_eq!(catalog.run("a").unwrap().damaged, 1);
    assert_eq!(logs.log.compare(), Left::Nothing);
}
