//! What is in the spool.

use object_store::path::Path;
use object_store::{ObjectStore as _, ObjectStoreExt as _, PutPayload};

use super::world::{FILE, World, seconds};

#[tokio::test(start_paused = true)]
async fn segments_are_named_after_their_file_and_sort_in_the_order_of_writing() {
    let world = World::new();
    let life = world.start();
    for _ in 0..40 {
        world.append(1 << 20);
        seconds(3).await;
    }
    // One record longer than a segment.
    world.append(9 << 20);
    life.finish().await;
    world.check().await;
    let keys = world.keys().await;
    let stem = FILE.strip_suffix(".run").unwrap();
    for (number, key) in keys.iter().enumerate() {
        assert_eq!(*key, format!("log/{stem}.{number:06}.run"));
    }
    for key in &keys {
        let size = world
            .inner
            .head(&Path::parse(key).unwrap())
            .await
            .unwrap()
            .size;
        assert!(size <= 8 << 20 || size < (9 << 20) + 200, "{size}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_others_put_under_the_name_is_left_alone() {
    let world = World::new();
    let stem = FILE.strip_suffix(".run").unwrap();
    let taken = Path::parse(format!("log/{stem}.000000.run")).unwrap();
    world
        .inner
        .put(&taken, PutPayload::from_static(b"another's"))
        .await
        .unwrap();
    let life = world.start();
    seconds(10).await;
    world.append(100);
    life.finish().await;
    assert_eq!(
        &world
            .inner
            .get(&taken)
            .await
            .unwrap()
            .bytes()
            .await
            .unwrap()[..],
        b"another's"
    );
    world.inner.delete(&taken).await.unwrap();
    world.check().await;
    assert_eq!(world.keys().await, [format!("log/{stem}.000001.run")]);
}

#[tokio::test(start_paused = true)]
async fn other_files_are_put_whole_when_they_change() {
    let world = World::new();
    let directory = world.spool.log().join("plugins");
    std::fs::create_dir(&directory).unwrap();
    let life = world.start();
    let key = Path::parse("log/plugins/config.txt").unwrap();
    for text in ["one", "another"] {
        std::fs::write(directory.join(".hidden"), text).unwrap();
        std::fs::write(directory.join("config.txt"), text).unwrap();
        seconds(10).await;
        assert_eq!(
            world.inner.get(&key).await.unwrap().bytes().await.unwrap(),
            text
        );
    }
    let requests = world.faults().requests;
    seconds(100).await;
    assert_eq!(world.faults().requests, requests, "nothing new, no request");
    life.finish().await;
    let below = world
        .inner
        .list_with_delimiter(Some(&Path::parse("log/plugins").unwrap()))
        .await
        .unwrap();
    assert_eq!(below.objects.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_list_of_embeddings_keeps_the_entries_of_other_writers() {
    let world = World::new();
    let key = Path::parse("log/projector_config.pbtxt").unwrap();
    let entry = |name: &str, rest: &str| {
        format!("embeddings {{\n  tensor_name: \"{name}\"\n  tensor_path: \"{rest}\"\n}}\n")
    };
    let theirs = format!("# theirs\n{}{}", entry("a", "old"), entry("b", "old"));
    world.inner.put(&key, theirs.into()).await.unwrap();
    let file = world.spool.file("projector_config.pbtxt");
    let stored = async || {
        let bytes = world.inner.get(&key).await.unwrap().bytes().await.unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    };
    let life = world.start();
    std::fs::write(&file, entry("b", "new") + &entry("c", "new")).unwrap();
    seconds(10).await;
    let expected = format!(
        "# theirs\n{}{}{}",
        entry("a", "old"),
        entry("b", "new"),
        entry("c", "new")
    );
    assert_eq!(stored().await, expected);
    // Another writer comes between this one's two requests.
    world.faults().between_puts = Some((key.clone(), entry("d", "other")));
    std::fs::write(&file, entry("c", "newer")).unwrap();
    seconds(100).await;
    assert_eq!(stored().await, entry("d", "other") + &entry("c", "newer"));
    world.inner.put(&key, "no list {".into()).await.unwrap();
    std::fs::write(&file, entry("e", "new")).unwrap();
    seconds(100).await;
    assert_eq!(stored().await, entry("e", "new"));
    let kept = Path::parse("log/projector_config.pbtxt.unreadable").unwrap();
    assert_eq!(
        world.inner.get(&kept).await.unwrap().bytes().await.unwrap(),
        "no list {"
    );
    let problems = world.report.problems.lock().unwrap().clone();
    assert!(
        problems.len() == 1 && problems[0].contains("is kept as"),
        "{problems:?}"
    );
    life.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_large_file_is_put_in_parts_each_once_though_requests_fail() {
    let world = World::new();
    let path = world.spool.file("tensors.tsv");
    let key = Path::parse("log/tensors.tsv").unwrap();
    let stored = async || world.inner.get(&key).await.unwrap().bytes().await.unwrap();
    let bytes: Vec<u8> = (0_u32..(44 << 20) / 4).flat_map(u32::to_le_bytes).collect();
    std::fs::write(&path, &bytes).unwrap();
    world.faults().busy = 400;
    let life = world.start();
    seconds(2000).await;
    assert!(stored().await == bytes);
    {
        let faults = world.faults();
        assert_eq!((faults.parts, faults.longest), (6, 8 << 20));
    }
    // A part whose answer was lost is put again; so is all if that of the last request was.
    world.faults().busy = 0;
    world.faults().lost = 400;
    std::fs::write(&path, &bytes[..20 << 20]).unwrap();
    seconds(2000).await;
    assert!(stored().await == bytes[..20 << 20]);
    // It changes while it is put.
    world.faults().lost = 0;
    world.faults().delay = 3000;
    std::fs::write(&path, &bytes[1..40 << 20]).unwrap();
    seconds(10).await;
    std::fs::write(&path, &bytes[2..40 << 20]).unwrap();
    seconds(300).await;
    assert!(stored().await == bytes[2..40 << 20]);
    assert_eq!(*world.report.problems.lock().unwrap(), Vec::<String>::new());
    life.finish().await;
}

#[tokio::test(start_paused = true)]
async fn a_file_that_grows_before_it_is_read_is_put_in_parts() {
    let world = World::new();
    let [first, second] = ["a.tsv", "b.tsv"].map(|name| world.spool.file(name));
    for path in [&first, &second] {
        std::fs::write(path, "small").unwrap();
    }
    world.faults().delay = 3000;
    let life = world.start();
    // Both have been looked at, and the first is being put.
    seconds(1).await;
    assert_eq!(world.faults().longest, 0);
    let bytes = vec![7; 20 << 20];
    std::fs::write(&second, &bytes).unwrap();
    seconds(300).await;
    let stored = world.inner.get(&Path::parse("log/b.tsv").unwrap()).await;
    assert!(stored.unwrap().bytes().await.unwrap() == bytes);
    assert_eq!(world.faults().longest, 8 << 20);
    life.finish().await;
}

#[tokio::test(start_paused = true)]
async fn half_a_record_is_waited_for() {
    let world = World::new();
    let life = world.start();
    let record = world.record(1000);
    world.write(&record[..500]);
    seconds(100).await;
    assert_eq!(world.faults().puts.len(), 1, "the header alone");
    world.write(&record[500..]);
    seconds(100).await;
    world.check().await;
    life.finish().await;
}

#[tokio::test(start_paused = true)]
async fn damage_is_left_out_and_reported() {
    let world = World::new();
    let life = world.start();
    world.append(100);
    let kept = world.log.lock().unwrap().len();
    let mut broken = world.record(100);
    broken[50] ^= 1;
    world.write(&broken);
    world.write(&[0; 777]);
    let resumed = world.log.lock().unwrap().len();
    world.append(100);
    seconds(30).await;
    world.append(100);
    let torn = world.log.lock().unwrap().len();
    let record = world.record(100);
    world.write(&record[..70]);
    life.finish().await;
    let log = world.log.lock().unwrap().clone();
    let expected = [&log[..kept], &log[resumed..torn]].concat();
    assert!(world.stored().await == expected);
    let problems = world.report.problems.lock().unwrap().clone();
    assert!(
        problems.iter().any(|text| text.contains("damaged")),
        "{problems:?}"
    );
    assert!(
        problems.last().unwrap().contains("70 bytes"),
        "{problems:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn sealed_segments_give_their_blocks_back() {
    use std::os::unix::fs::MetadataExt;

    let world = World::new();
    let life = world.start();
    for _ in 0..24 {
        world.append(1 << 20);
        seconds(5).await;
    }
    seconds(60).await;
    let metadata = std::fs::metadata(world.spool.file(FILE)).unwrap();
    assert_eq!(metadata.len(), world.log.lock().unwrap().len() as u64);
    // A file system without holes keeps them.
    let probe = tempfile::NamedTempFile::new_in(&world.spool.path).unwrap();
    probe.as_file().set_len(1 << 20).unwrap();
    if probe.as_file().metadata().unwrap().blocks() == 0 {
        assert!(metadata.blocks() * 512 < 12 << 20, "{}", metadata.blocks());
    }
    life.finish().await;
    world.check().await;
}

#[tokio::test(start_paused = true)]
async fn a_spool_that_is_removed_is_reported_and_made_again() {
    let world = World::new();
    let life = world.start();
    seconds(2).await;
    std::fs::remove_dir_all(&world.spool.path).unwrap();
    seconds(5).await;
    let problems = world.report.problems.lock().unwrap().clone();
    assert!(
        problems.len() == 1 && problems[0].contains("was removed"),
        "{problems:?}"
    );
    assert!(world.spool.description().is_ok());
    life.finish().await;
}
