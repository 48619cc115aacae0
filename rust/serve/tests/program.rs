//! The program as TensorBoard starts it.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

fn program(arguments: &[String]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_tensorbolt-data-server"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn words(directory: &Path, log: &Path) -> Vec<String> {
    let file = |name: &str| directory.join(name).display().to_string();
    vec![
        format!("--logdir={}", log.display()),
        "--port=0".into(),
        format!("--port-file={}", file("port")),
        format!("--error-file={}", file("error")),
        "--die-after-stdin".into(),
    ]
}

#[test]
fn it_writes_its_port_answers_there_and_ends_with_its_input() {
    let directory = TempDir::new().unwrap();
    let mut started = program(&words(directory.path(), directory.path()));
    let port = loop {
        let text = fs::read_to_string(directory.path().join("port")).unwrap_or_default();
        if let Some(port) = text.strip_suffix('\n') {
            break port.parse::<u16>().unwrap();
        }
        assert!(started.try_wait().unwrap().is_none(), "it ended");
        std::thread::sleep(Duration::from_millis(1));
    };
    TcpStream::connect(("localhost", port)).unwrap();
    drop(started.stdin.take());
    assert!(started.wait().unwrap().success());
}

#[test]
fn a_log_that_is_a_file_has_an_exit_status_and_a_sentence_of_its_own() {
    let directory = TempDir::new().unwrap();
    let log = directory.path().join("log");
    fs::write(&log, "").unwrap();
    let mut started = program(&words(directory.path(), &log));
    assert_eq!(started.wait().unwrap().code(), Some(8));
    let said = fs::read_to_string(directory.path().join("error")).unwrap();
    assert!(said.contains("must be a directory"), "{said}");
}
