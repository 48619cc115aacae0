//! The program that TensorBoard starts in place of its own server of data.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::arguments::{Arguments, USAGE};
use crate::listing::PlaceOrigin;
use crate::server::Bound;

/// Exit statuses that TensorBoard knows.
const WRONG_ARGUMENTS: u8 = 2;
const NO_LOG: u8 = 8;
const NO_PORT: u8 = 9;

/// Why the program ends, and its exit status.
struct Failure(u8, String);

/// Runs until its input ends, if it is to, or until it is killed; returns the exit status. `arguments` are without the
/// name of the program.
#[must_use]
pub fn run(arguments: &[String]) -> u8 {
    let parsed = match Arguments::parse(arguments) {
        Ok(parsed) => parsed,
        Err((text, file)) => {
            say(io::stderr(), &format!("{text}\n"));
            report(file.as_deref(), &text);
            return WRONG_ARGUMENTS;
        }
    };
    if parsed.wants_help {
        say(io::stdout(), USAGE);
        return 0;
    }
    match serve(&parsed) {
        Ok(()) => 0,
        Err(Failure(status, text)) => {
            say(io::stderr(), &format!("{text}\n"));
            report(parsed.error_file.as_deref(), &text);
            status
        }
    }
}

fn serve(arguments: &Arguments) -> Result<(), Failure> {
    let Arguments { host, port, .. } = arguments;
    if let Some(text) = &arguments.wrong_log {
        return Err(Failure(NO_LOG, text.clone()));
    }
    for place in &arguments.settings.places {
        if let PlaceOrigin::Directory(path) = &place.origin {
            check(path)?;
        }
    }
    let no_port =
        |error: io::Error| Failure(NO_PORT, format!("cannot listen on {host}:{port}: {error}"));
    let bound = Bound::new(host, *port).map_err(no_port)?;
    let port = bound.address().map_err(no_port)?.port();
    // TensorBoard looks for it 10 ms after it started the program, and then only twice a second. It may connect at once:
    // connections wait until they are accepted.
    match &arguments.port_file {
        Some(file) => fs::write(file, format!("{port}\n")).map_err(|error| {
            let file = file.display();
            Failure(1, format!("cannot write the port into {file}: {error}"))
        })?,
        None => say(io::stdout(), &format!("listening on port {port}\n")),
    }
    let server = bound.start(arguments.settings.clone());
    let server = server.map_err(|error| Failure(1, format!("cannot start threads: {error}")))?;
    if arguments.verbosity > 0 {
        server.shared().wait(1, Duration::MAX);
        let state = server.shared().state();
        let first = state.first.unwrap_or_default().as_secs_f64();
        say(
            io::stderr(),
            &format!("read {} event files in {first:.3} s\n", state.files),
        );
    }
    if arguments.dies_after_stdin {
        let mut input = io::stdin().lock();
        let mut some = [0; 4096];
        while input.read(&mut some).is_ok_and(|count| count > 0) {}
    } else {
        loop {
            thread::park();
        }
    }
    drop(server);
    Ok(())
}

/// A log directory may be made later, but what is there must be one.
fn check(path: &Path) -> Result<(), Failure> {
    let wrong = |what: &str| {
        let text = format!(
            "--logdir must be a directory, but {} {what}",
            path.display()
        );
        Err(Failure(NO_LOG, text))
    };
    if path.as_os_str().is_empty() {
        return wrong("is empty");
    }
    if path.is_file() {
        return wrong("is a file");
    }
    Ok(())
}

fn report(file: Option<&Path>, text: &str) {
    if let Some(file) = file
        && let Err(error) = fs::write(file, text)
    {
        say(
            io::stderr(),
            &format!("cannot write {}: {error}\n", file.display()),
        );
    }
}

fn say(mut to: impl io::Write, text: &str) {
    // There may be no one who reads it.
    let _ = to.write_all(text.as_bytes());
    let _ = to.flush();
}
