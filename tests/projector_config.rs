//! Entries of embeddings merged into the text of `projector_config.pbtxt`.

#![expect(clippy::unwrap_used, reason = "a test ends where something fails")]

use proptest::prelude::*;
use tensorbolt::projector::{Address, Entry, merge, unite};

fn entry(tag: &str) -> Entry {
    Entry::new(&Address::new(tag, 0).unwrap())
}

#[test]
fn an_entry_is_replaced_where_it_stands() {
    let torch = "embeddings {\n  tensor_name: \"a:00000\"\n  tensor_path: \"old\"\n}\n# note\nembeddings {\n  tensor_name: \"b:00000\"\n}\n";
    let merged = merge(torch, &entry("a")).unwrap();
    assert_eq!(
        merged,
        "embeddings {\n  tensor_name: \"a:00000\"\n  tensor_path: \"00000/a/tensors.tsv\"\n}\n# note\nembeddings {\n  tensor_name: \"b:00000\"\n}\n"
    );
    assert_eq!(merge(&merged, &entry("a")).unwrap(), merged);
}

#[test]
fn repeated_entries_become_one() {
    let block = "embeddings {\ntensor_name: \"a:00000\"\ntensor_path: \"x\"\n}\n";
    let other = "embeddings {\ntensor_name: \"b:00000\"\n}\n";
    let merged = merge(&format!("{block}{other}{block}{block}"), &entry("a")).unwrap();
    assert_eq!(merged.matches("a:00000").count(), 1);
    assert_eq!(merged.matches(other.trim_end()).count(), 1);
}

#[test]
fn what_is_not_ours_stays() {
    let text = "model_checkpoint_path: 'x' \"y\";  # c\nembeddings: [<tensor_name: 'a\\x3a\\0600000', bookmarks_path: \"m\" , \
                [a.b/c.d] { k: -inf v: [1, 2.5e+3f] }>, { tensor_name: \"b\" }]\nnew_field { deep < x: TRUE > }";
    let merged = merge(text, &entry("a")).unwrap();
    assert_eq!(
        merged,
        "model_checkpoint_path: 'x' \"y\";  # c\nembeddings {\n  tensor_name: \"a:00000\"\n  tensor_path: \
         \"00000/a/tensors.tsv\"\n  bookmarks_path: \"m\" ,\n  [a.b/c.d] { k: -inf v: [1, 2.5e+3f] }\n}\n\
         embeddings { tensor_name: \"b\" }\nnew_field { deep < x: TRUE > }\n"
    );
}

#[test]
fn two_configs_become_one() {
    let block = |name: &str, path: &str| {
        format!("embeddings {{\ntensor_name: \"{name}\"\ntensor_path: \"{path}\"\n}}\n")
    };
    let theirs = format!("# theirs\n{}{}", block("a", "old"), block("b", "old"));
    let ours = format!("{}{}", block("b", "new"), block("c", "new"));
    let united = unite(theirs.as_bytes(), &ours).unwrap();
    assert_eq!(united, format!("# theirs\n{}{ours}", block("a", "old")));
    assert_eq!(unite(united.as_bytes(), &ours).unwrap(), united);
    assert_eq!(unite(b"", &ours).unwrap(), ours);
    assert_eq!(unite(b"x {", &ours), Err(3));
    assert_eq!(unite(b"\xff", &ours), Err(0));
    // What is none of ours cannot be entered, and is put as it is.
    assert_eq!(unite(theirs.as_bytes(), "x {").unwrap(), "x {");
}

#[test]
fn what_is_no_config_is_refused() {
    for text in [
        "embeddings {",
        "embeddings }",
        "}",
        "tensor_name: \"a\"b\"",
        "x: \"a\nb\"",
        "x: 'a",
        "x: \"\\q\"",
        "x: \"\\",
        "x: \"\\é\"",
        "x: \"\\Uffffffff\"",
        "x 3",
        "x:",
        "x: [1",
        "x: [1 2]",
        "[a",
        "é: 1",
        &"x{".repeat(100_000),
        &format!("x: {}", "[".repeat(100_000)),
    ] {
        assert_eq!(merge(text, &entry("a")), None, "{text:.20}");
    }
    for text in ["", "# only", "  \n", "x: 'a' # b", "x { }", "1: 2", "x: []"] {
        assert!(merge(text, &entry("a")).is_some(), "{text}");
    }
}

proptest! {
    #[test]
    fn any_tag_is_found_again(tags in prop::collection::vec(".{0,6}", 1..6)) {
        let merge_all = |text: String| tags.iter().try_fold(text, |text, tag| merge(&text, &entry(tag)));
        let once = merge_all(String::new()).unwrap();
        prop_assert_eq!(&merge_all(once.clone()).unwrap(), &once);
        let different: std::collections::HashSet<_> = tags.iter().collect();
        prop_assert_eq!(once.matches("embeddings {\n").count(), different.len());
    }

    #[test]
    fn no_text_is_too_strange(text in "([\\[\\]{}<>:;,#\\\\'\"x01é.\n -]|embeddings|tensor_name){0,40}") {
        if let Some(merged) = merge(&text, &entry("a")) {
            prop_assert_eq!(merge(&merged, &entry("a")), Some(merged.clone()));
            prop_assert!(merged.contains("\"a:00000\""));
        }
    }
}
