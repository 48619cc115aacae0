//! Uploads of one event file: what is read, what is put, what is remembered.

use std::fs::{File, OpenOptions};
use std::time::Duration;

use bytes::Bytes;
use tensorbolt::files::FileAt;
use tensorbolt::{Error, event_file};
use tokio::time::Instant;

use crate::client::{Client, Meter};
use crate::failure::{Failure, Kind, Tried};
use crate::frames::{Rest, resume, whole};
use crate::journal::{Entry, Journal};
use crate::segments::{MOST, Moment, Plan, plan};
use crate::shared::Shared;
use crate::spool::Spool;
use crate::tracked::{Live, Tracked};

/// Stores allow one change of an object a second.
const SPACING: Duration = Duration::from_secs(1);
/// A version record is much shorter.
const LONGEST_HEADER: usize = 4 << 10;
/// Blocks of file systems are not larger; only whole ones can be freed.
const BLOCK: u64 = 4 << 10;

/// What an upload works with.
pub(crate) struct Tools<'a> {
    pub spool: &'a Spool,
    pub client: &'a Client,
    pub journal: &'a mut Journal,
    pub meter: &'a Meter,
    pub shared: &'a Shared,
    pub suffix: &'a str,
    pub interval: Duration,
    /// A part of a file is in the store that was not before.
    pub advanced: bool,
    /// Damage, for the caller to report.
    pub damage: &'a mut Vec<Error>,
}

/// An event file of the spool.
#[derive(Debug)]
pub(crate) struct EventFile {
    pub name: String,
    pub size: u64,
    pub tracked: Tracked,
    /// The first record, and where the others begin.
    header: Option<(Vec<u8>, u64)>,
    /// The size at which nothing whole was found.
    barren: Option<u64>,
    last_put: Option<Instant>,
    last_new: Option<Instant>,
    postponed: Option<Instant>,
    /// When the oldest byte that is not in the store came.
    pub since: Option<Instant>,
}

/// What came of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// There may be more to do at once.
    Again,
    /// There is nothing to do now.
    Nothing,
}

/// Name of a segment: the file's, with the segment's number before the suffix.
pub(crate) fn segment(file: &str, suffix: &str, number: u64) -> String {
    match file.strip_suffix(suffix) {
        Some(stem) => format!("{stem}.{number:06}{suffix}"),
        None => format!("{file}.{number:06}"),
    }
}

impl EventFile {
    pub fn new(name: String, tracked: Tracked) -> Self {
        Self {
            name,
            size: 0,
            tracked,
            header: None,
            barren: None,
            last_put: None,
            last_new: None,
            postponed: None,
            since: None,
        }
    }

    /// Takes note of the file's size.
    pub fn see(&mut self, size: u64, now: Instant) {
        self.size = size;
        if self.waiting() == 0 {
            self.since = None;
        } else if self.since.is_none() {
            self.since = Some(now);
        }
    }

    /// Bytes that are not in the store.
    pub fn waiting(&self) -> u64 {
        self.size.saturating_sub(self.tracked.end)
    }

    /// True if nothing whole waits.
    pub fn is_barren(&self) -> bool {
        self.barren == Some(self.size)
    }

    /// When the next upload is due, if there is one to make.
    pub fn due(&self, interval: Duration, urgent: bool) -> Option<Instant> {
        if self.waiting() == 0 || self.is_barren() {
            return None;
        }
        let now = Instant::now();
        let Some(last) = self.last_put else {
            return Some(now);
        };
        if self.waiting() >= MOST {
            return Some(now);
        }
        let wait = if urgent { SPACING } else { interval };
        let since = if urgent {
            last
        } else {
            self.postponed.map_or(last, |postponed| postponed.max(last))
        };
        Some(since + wait)
    }

    /// Puts one object, if there is anything to put.
    pub async fn upload(&mut self, tools: &mut Tools<'_>, urgent: bool) -> Tried<Outcome> {
        // It is read only when it may be in memory.
        let _permit = tools.client.permit(self.waiting().min(MOST)).await;
        let path = tools.spool.file(&self.name);
        let failed =
            |error| Failure::local(&Error::store(format!("reading {}", path.display()), error));
        let file = File::open(&path).map_err(failed)?;
        let Some((header, body)) = self.header(&file).map_err(failed)? else {
            self.barren = Some(self.size);
            return Ok(Outcome::Nothing);
        };
        let base = self.tracked.end.max(body);
        let unsure = self.tracked.live.filter(|live| live.may_end > live.end);
        let held = unsure.map_or(0, |live| live.end - live.start);
        let room = MOST.saturating_sub(header.len() as u64 + held);
        let (tail, rest) = read_tail(&file, base, self.size, room).map_err(failed)?;
        if tail.is_empty() && self.tracked.puts > 0 {
            return self
                .skip_damage(tools, &file, base, rest)
                .map_err(|error| Failure::local(&error));
        }
        let live = match (unsure, self.tracked.attempt) {
            // What may be in the store already is put again, with all that has come since.
            (Some(live), _) => Some(live),
            (None, Some(_)) => None,
            (None, None) => match self.plan(&header, tail.len() as u64, tools.interval, urgent) {
                Plan::Later => {
                    self.postponed = Some(Instant::now());
                    return Ok(Outcome::Nothing);
                }
                Plan::New => None,
                Plan::Replace => self.tracked.live,
            },
        };
        let start = live.map_or(base, |live| live.start);
        let mut bytes = header.clone();
        if let Some(live) = live {
            bytes.extend(read_at(&file, live.start, live.end - live.start).map_err(failed)?);
        }
        let end = base + tail.len() as u64;
        bytes.extend_from_slice(&tail);
        drop(tail);
        self.put(tools, (live, start, end), bytes.into(), header.len() as u64)
            .await
    }

    fn plan(&self, header: &[u8], tail: u64, interval: Duration, urgent: bool) -> Plan {
        let header = header.len() as u64;
        let since_new = self.last_new.map_or(f64::INFINITY, |last| {
            last.elapsed().as_secs_f64() / interval.as_secs_f64().max(f64::MIN_POSITIVE)
        });
        plan(Moment {
            live: self.tracked.live.map(|live| live.end - live.start),
            tail,
            header,
            sent: self.tracked.bytes_sent(header),
            logged: self.size,
            since_new,
            urgent,
        })
    }

    async fn put(
        &mut self,
        tools: &mut Tools<'_>,
        (live, start, end): (Option<Live>, u64, u64),
        bytes: Bytes,
        header: u64,
    ) -> Tried<Outcome> {
        let began = Instant::now();
        let attempted = self
            .tracked
            .attempt
            .map_or(self.tracked.next, |attempt| attempt.number);
        let number = live.map_or(attempted, |live| live.number);
        let name = segment(&self.name, tools.suffix, number);
        let key = tools
            .client
            .address
            .key(&name)
            .map_err(|error| Failure::local(&error))?;
        let entry = |end| Entry::Done {
            file: self.name.clone(),
            number,
            start,
            end,
        };
        let intent = Entry::Begin {
            file: self.name.clone(),
            number,
            start,
            end,
        };
        let (done, found) = (entry(end), entry);
        note(tools, &mut self.tracked, &intent)?;
        let result = match live {
            Some(_) => tools.client.replace(&key, bytes.clone(), tools.meter).await,
            None => tools.client.create(&key, bytes.clone(), tools.meter).await,
        };
        let done = match result {
            Ok(()) => done,
            Err(failure) if failure.kind == Kind::Exists && live.is_none() => {
                match tools
                    .client
                    .get(&key, bytes.len() as u64, tools.meter)
                    .await?
                {
                    // An earlier try of ours, whose answer was lost.
                    Some(there) if there.len() as u64 >= header && bytes.starts_with(&there) => {
                        found(start + there.len() as u64 - header)
                    }
                    _ => {
                        self.tracked.attempt = None;
                        self.tracked.next = number + 1;
                        return Ok(Outcome::Again);
                    }
                }
            }
            Err(failure) => return Err(failure),
        };
        let sealed = self.tracked.live.filter(|live| live.number != number);
        note(tools, &mut self.tracked, &done)?;
        log::debug!("{} has the bytes {start} to {end} of {}", key, self.name);
        self.last_put = Some(Instant::now());
        if live.is_none() {
            self.last_new = self.last_put;
        }
        self.since = (self.waiting() > 0).then_some(began);
        if let Some(sealed) = sealed {
            self.free(tools.spool, sealed);
        }
        Ok(Outcome::Again)
    }

    /// The first record; a file whose first record is no version record gets one before each segment.
    fn header(&mut self, file: &File) -> std::io::Result<Option<(Vec<u8>, u64)>> {
        if self.header.is_none() {
            let start = read_at(file, 0, self.size.min(LONGEST_HEADER as u64))?;
            self.header = first_record(&start).map(|length| {
                let record = start.get(..length).unwrap_or_default().to_vec();
                (record, length as u64)
            });
            if self.header.is_none()
                && (whole(&start).1 == Rest::Damaged || start.len() >= LONGEST_HEADER)
            {
                self.header = Some((event_file::header(0.0), 0));
            }
        }
        Ok(self.header.clone())
    }

    /// Leaves out damaged bytes; what is not whole yet is waited for.
    fn skip_damage(
        &mut self,
        tools: &mut Tools<'_>,
        file: &File,
        base: u64,
        rest: Rest,
    ) -> tensorbolt::Result<Outcome> {
        if rest != Rest::Damaged {
            self.barren = Some(self.size);
            return Ok(Outcome::Nothing);
        }
        let read = read_at(file, base, (self.size - base).min(MOST))
            .map_err(|error| Error::store(format!("reading {}", self.name), error))?;
        self.skip(tools, base + resume(&read) as u64, "damaged")?;
        Ok(Outcome::Again)
    }

    /// Nothing more will come: leaves out the begin of a record at the end.
    pub fn skip_torn(&mut self, tools: &mut Tools<'_>) -> tensorbolt::Result<()> {
        self.skip(tools, self.size, "not whole")
    }

    fn skip(&mut self, tools: &mut Tools<'_>, end: u64, what: &str) -> tensorbolt::Result<()> {
        let start = self.tracked.end;
        let entry = Entry::Skip {
            file: self.name.clone(),
            start,
            end,
        };
        tools.journal.append(&entry)?;
        self.tracked.apply(&entry);
        tools.damage.push(Error::corrupt(format!(
            "{} bytes of {} from byte {start} on are {what} and were not uploaded",
            end - start,
            self.name
        )));
        Ok(())
    }

    /// Gives the blocks of a segment that is never read again back to the file system, where it takes them.
    fn free(&self, spool: &Spool, sealed: Live) {
        let end = sealed.end / BLOCK * BLOCK;
        let start = sealed.start.max(LONGEST_HEADER as u64).div_ceil(BLOCK) * BLOCK;
        if start >= end {
            return;
        }
        let Ok(file) = OpenOptions::new().write(true).open(spool.file(&self.name)) else {
            return;
        };
        if let Err(error) = give_back(&file, start, end - start) {
            log::debug!("blocks of {} stay: {error}", self.name);
        }
    }
}

/// Gives the blocks of a part of a file back to the file system; the file keeps its length.
#[cfg(target_os = "linux")]
fn give_back(file: &File, start: u64, length: u64) -> std::io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    let how = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
    Ok(fallocate(file, how, start, length)?)
}

/// Other systems have no such call: the blocks stay until the file goes.
#[cfg(not(target_os = "linux"))]
fn give_back(_: &File, _: u64, _: u64) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

fn note(tools: &mut Tools<'_>, tracked: &mut Tracked, entry: &Entry) -> Tried<()> {
    tools
        .journal
        .append(entry)
        .map_err(|error| Failure::local(&error))?;
    tracked.apply(entry);
    Ok(())
}

/// Length of the first record, if it is whole.
fn first_record(bytes: &[u8]) -> Option<usize> {
    let length = u64::from_le_bytes(*bytes.first_chunk::<8>()?);
    let end = usize::try_from(length).ok()?.checked_add(16)?;
    let record = bytes.get(..end)?;
    (whole(record) == (end, Rest::None)).then_some(end)
}

/// Whole records from `base` on, at most `room` bytes of them or one record.
fn read_tail(file: &File, base: u64, size: u64, room: u64) -> std::io::Result<(Vec<u8>, Rest)> {
    let left = size.saturating_sub(base);
    let mut bytes = read_at(file, base, left.min(room))?;
    let (mut end, mut rest) = whole(&bytes);
    if let (0, Rest::Torn(length)) = (end, rest)
        && (bytes.len() as u64) < length
        && length <= left
    {
        bytes = read_at(file, base, length)?;
        (end, rest) = whole(&bytes);
    }
    bytes.truncate(end);
    Ok((bytes, rest))
}

fn read_at(file: &File, offset: u64, length: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(length).unwrap_or_default()];
    file.read_exact_at(&mut bytes, offset)?;
    Ok(bytes)
}
