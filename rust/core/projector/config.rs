//! `projector_config.pbtxt`: the list of embeddings, which several writers keep together.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::Address;
use super::atomic_write::WriteContext;
use super::text_format::{Field, Malformed, Message, Value, parse, quoted};
use crate::error::{Error, Result};
use crate::kept_file::{KeptFile, has_no_locks};

/// Its name, in the directory of a run.
pub const CONFIG: &str = "projector_config.pbtxt";
/// Name of the file with the labels of an embedding, in its directory.
pub const METADATA: &str = "metadata.tsv";

/// Locked where the directory itself cannot be.
const LOCK_FILE: &str = ".projector_config.lock";
/// Time that another writer may take for its entry.
const LOCK_TIMEOUT: Duration = Duration::from_secs(5);
const LOCK_POLL_INTERVAL: Duration = Duration::from_millis(5);

/// The fields of an entry that this writer sets; any other field stays when the entry is replaced.
const ENTRY_FIELDS: [&str; 5] = [
    "tensor_name",
    "metadata_path",
    "tensor_shape",
    "sprite",
    "tensor_path",
];

/// The entry of one embedding in the config.
#[derive(Clone, Debug)]
pub struct Entry {
    name: String,
    directory: String,
    tensor: String,
    shape: String,
    metadata: String,
    sprite: String,
}

impl Entry {
    /// One with points as text, and nothing else.
    #[must_use]
    pub fn new(address: &Address) -> Self {
        let mut entry = Self {
            name: address.name().into(),
            directory: address.directory().into(),
            tensor: String::new(),
            shape: String::new(),
            metadata: String::new(),
            sprite: String::new(),
        };
        entry.tensor = entry.path(super::tsv::FILE);
        entry
    }

    pub(super) fn binary(&mut self, file: &str, shape: [usize; 2]) {
        self.tensor = self.path(file);
        self.shape = shape.map(|len| format!("  tensor_shape: {len}\n")).concat();
    }

    pub(super) fn metadata(&mut self) {
        self.metadata = format!("  metadata_path: {}\n", self.path(METADATA));
    }

    pub(super) fn sprite(&mut self, file: &str, [width, height]: [usize; 2]) {
        self.sprite = format!(
            "  sprite {{\n    image_path: {}\n    single_image_dim: {width}\n    single_image_dim: {height}\n  }}\n",
            self.path(file)
        );
    }

    /// The path of a file in its directory, between quotes.
    fn path(&self, file: &str) -> String {
        quoted(&format!("{}/{file}", self.directory))
    }

    /// The entry's text, with the fields of another that are not ours.
    fn text(&self, kept: &[Field<'_>]) -> String {
        let Self {
            shape,
            metadata,
            sprite,
            tensor,
            ..
        } = self;
        let name = quoted(&self.name);
        let mut text = format!(
            "embeddings {{\n  tensor_name: {name}\n{metadata}{shape}{sprite}  tensor_path: {tensor}\n"
        );
        for field in kept
            .iter()
            .filter(|field| !ENTRY_FIELDS.contains(&field.name))
        {
            // Into a String, which never fails.
            let _ = writeln!(text, "  {}", field.raw);
        }
        text.push('}');
        text
    }
}

/// The config with `entry` in it: in the place of the one with the same name, or at the end. All else stays as it is,
/// to the byte. None if `text` is no config.
#[must_use]
pub fn merge(text: &str, entry: &Entry) -> Option<String> {
    merged(text, entry).ok()
}

fn merged(text: &str, entry: &Entry) -> std::result::Result<String, Malformed> {
    placed(text, entry.name.as_bytes(), |fields| entry.text(fields))
}

/// The config with all entries of `ours` in it, each in the place of the one with the same name, or at the end. All else
/// stays as it is, to the byte. `Err` has the byte at which `theirs` shows to be no config.
///
/// # Errors
///
/// `theirs` is no config. If `ours` is none, it is the answer.
pub fn unite(theirs: &[u8], ours: &str) -> std::result::Result<String, usize> {
    let mut united = std::str::from_utf8(theirs)
        .map_err(|error| error.valid_up_to())?
        .to_owned();
    parse(&united).map_err(|error| error.at)?;
    let Ok((fields, _)) = parse(ours) else {
        return Ok(ours.to_owned());
    };
    for message in fields.iter().flat_map(embeddings) {
        if let Some(name) = name(message) {
            let text = format!("embeddings {}", message.raw);
            united = placed(&united, name, |_| text.clone()).map_err(|error| error.at)?;
        }
    }
    Ok(united)
}

/// The config with an entry of this name, whose text is made of the fields of the one before.
fn placed(
    text: &str,
    name: &[u8],
    entry: impl Fn(&[Field<'_>]) -> String,
) -> std::result::Result<String, Malformed> {
    let (fields, rest) = parse(text)?;
    let mut merged = String::with_capacity(text.len() + 256);
    let mut placed = false;
    for field in &fields {
        let messages = embeddings(field);
        if !messages.iter().any(|message| is_called(message, name)) {
            merged.push_str(field.before);
            merged.push_str(field.raw);
            continue;
        }
        let mut before = field.before;
        for message in messages {
            let text = if !is_called(message, name) {
                format!("embeddings {}", message.raw)
            } else if placed {
                continue;
            } else {
                placed = true;
                entry(&message.fields)
            };
            merged.push_str(before);
            merged.push_str(&text);
            before = "\n";
        }
    }
    merged.push_str(rest);
    if !placed {
        end_line(&mut merged);
        merged.push_str(&entry(&[]));
    }
    end_line(&mut merged);
    Ok(merged)
}

fn end_line(text: &mut String) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
}

/// The embeddings of a field: one, several if it is a list, none if it is another field.
fn embeddings<'f, 'a>(field: &'f Field<'a>) -> Vec<&'f Message<'a>> {
    let values = match &field.value {
        _ if field.name != "embeddings" => &[],
        Value::List(values) => values.as_slice(),
        value => std::slice::from_ref(value),
    };
    let message = |value: &'f Value<'a>| match value {
        Value::Message(message) => Some(message),
        _ => None,
    };
    values.iter().filter_map(message).collect()
}

fn is_called(message: &Message<'_>, wanted: &[u8]) -> bool {
    name(message) == Some(wanted)
}

/// The name of an embedding.
fn name<'m>(message: &'m Message<'_>) -> Option<&'m [u8]> {
    let named = |field: &&Field<'_>| field.name == "tensor_name";
    match &message.fields.iter().rev().find(named)?.value {
        Value::Text(name) => Some(name),
        _ => None,
    }
}

/// Enters it into the config of a run, while no other thread or process does.
///
/// A config that is none is kept under another name, and a new one begun; the error returned in `Ok` says so.
pub(super) fn enter(
    root: &Path,
    entry: &Entry,
    context: &WriteContext<'_>,
) -> Result<Option<Error>> {
    let path = root.join(CONFIG);
    let failed = |source| Error::store(format!("cannot update {}", path.display()), source);
    let lock = locked(root).map_err(failed)?;
    let outcome = replace(&path, entry, context, failed);
    if let Some(lock) = lock {
        // Not left to closing: a child forked meanwhile has the file open too, and would keep the lock.
        let _ = lock.checked().and_then(File::unlock);
    }
    outcome
}

fn replace(
    path: &Path,
    entry: &Entry,
    context: &WriteContext<'_>,
    failed: impl Fn(io::Error) -> Error,
) -> Result<Option<Error>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(failed(error)),
    };
    let merged = match std::str::from_utf8(&bytes) {
        Ok(text) => merged(text, entry).map_err(|error| error.at),
        Err(error) => Err(error.valid_up_to()),
    };
    let (text, complaint) = match merged {
        Ok(text) => (text, None),
        Err(at) => {
            let kept = move_away(path).map_err(failed)?;
            let complaint = Error::corrupt(format!(
                "{} was no projector config (see byte {at}); it is kept as {kept} and a new one was begun",
                path.display()
            ));
            (format!("{}\n", entry.text(&[])), Some(complaint))
        }
    };
    context.write_whole(path, |put| put(text.as_bytes()))?;
    Ok(complaint)
}

/// Renames the config to a name that nothing has.
fn move_away(path: &Path) -> io::Result<String> {
    let mut number = 0_u64;
    loop {
        let name = match number {
            0 => format!("{CONFIG}.unreadable"),
            _ => format!("{CONFIG}.unreadable-{number}"),
        };
        let target = path.with_file_name(&name);
        if !target.try_exists()? {
            fs::rename(path, target)?;
            return Ok(name);
        }
        number += 1;
    }
}

/// Keeps other writers of the directory out. None where the file system has no locks.
fn locked(root: &Path) -> io::Result<Option<KeptFile>> {
    // The directory itself, which leaves nothing behind; some file systems can lock files only.
    match KeptFile::open(OpenOptions::new().read(true), root).and_then(lock_patiently) {
        Err(error) if error.kind() == ErrorKind::TimedOut => return Err(error),
        Err(_) => {}
        done => return done.map(Some),
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    let file = KeptFile::open(&options, &root.join(LOCK_FILE))?;
    match lock_patiently(file) {
        Err(error) if has_no_locks(&error) => Ok(None),
        done => done.map(Some),
    }
}

fn lock_patiently(file: KeptFile) -> io::Result<KeptFile> {
    let deadline = Instant::now() + LOCK_TIMEOUT;
    loop {
        match file.file()?.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if Instant::now() >= deadline => {
                return Err(io::Error::new(
                    ErrorKind::TimedOut,
                    "another process keeps it locked",
                ));
            }
            Err(TryLockError::WouldBlock) => thread::sleep(LOCK_POLL_INTERVAL),
        }
    }
}
