//! One file, front to back.

use super::event::EventSummary;
use super::finding::{Finding, Kind, Neighbour};
use super::scan::{Record, ScanItem, Scanner};
use super::steps::StepOrderCheck;
use crate::event_file;

/// Findings that are kept for each file; more are counted.
const MAX_FINDINGS: usize = 1000;
/// The first bytes of a gzip file.
const GZIP: [u8; 3] = [0x1f, 0x8b, 8];

/// Examines the bytes of one event file as they come, and collects the records that can be kept.
#[derive(Debug, Default)]
pub struct Examination {
    scanner: Scanner,
    summary: Summary,
    /// The last event that readers can take apart.
    last: Option<Neighbour>,
    /// Findings before this one know what follows them.
    awaiting: usize,
    kept: Vec<u8>,
}

/// Contents of a file in numbers, and its findings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// Bytes of the file.
    pub bytes: u64,
    /// Whole events that readers can take apart.
    pub records: u64,
    /// Whole records that readers cannot.
    pub unreadable: u64,
    /// Bytes that belong to neither.
    pub skipped: u64,
    /// True if the first record was lost; a new one replaces it among the kept records.
    pub header_restored: bool,
    /// Time of the first event, if that is a number.
    pub first_time: Option<f64>,
    /// Lowest and highest step of values.
    pub steps: Option<(i64, i64)>,
    /// Findings in the order of the file, but for those of steps, which come last.
    pub findings: Vec<Finding>,
    /// Number of damaged places, in `findings` or not.
    pub damage: u64,
    /// Number of notes, in `findings` or not.
    pub notes: u64,
}

impl Examination {
    /// An examination that has seen no bytes yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Examines the bytes that follow those seen before.
    pub fn push(&mut self, bytes: &[u8], steps: &mut StepOrderCheck) {
        if self.summary.bytes == 0 && bytes.starts_with(&GZIP) {
            let message = "is compressed with gzip, which TensorBoard does not read; uncompress it with gunzip";
            self.find(Finding::at(Kind::Compressed, 0, 0, message));
        }
        self.summary.bytes += bytes.len() as u64;
        self.scanner.push(bytes);
        self.go_on(steps);
    }

    /// No more bytes follow.
    pub fn end(&mut self, steps: &mut StepOrderCheck) {
        self.scanner.end();
        self.go_on(steps);
        if self.summary.bytes == 0 {
            let message = "is empty; TensorBoard shows no run before there is an event";
            self.find(Finding::at(Kind::Empty, 0, 0, message));
        }
        for finding in steps.take_findings() {
            self.find(finding);
        }
    }

    /// The records to keep since the last call: all that readers can take apart, byte for byte. If the first record
    /// was lost, a new one with the format's version stands before them.
    #[must_use]
    pub fn take_kept(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.kept)
    }

    /// The summary so far.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    fn go_on(&mut self, steps: &mut StepOrderCheck) {
        // The scanner lends out its own bytes.
        let mut scanner = std::mem::take(&mut self.scanner);
        while let Some(item) = scanner.next_item() {
            match item {
                ScanItem::Record(record) => self.record(&record, steps),
                ScanItem::Gap(gap) => {
                    self.summary.skipped += gap.length;
                    self.lose(Finding::gap(&gap));
                }
            }
        }
        self.scanner = scanner;
    }

    fn record(&mut self, record: &Record<'_>, steps: &mut StepOrderCheck) {
        let offset = record.offset;
        let length = record.bytes.len() as u64;
        let event = match EventSummary::of(record.payload()) {
            Ok(event) if event.wall_time.is_nan() => {
                self.unreadable(Kind::Time, offset, length, "its time is not a number");
                return;
            }
            Ok(event) => event,
            Err(reason) => {
                self.unreadable(Kind::Message, offset, length, &reason);
                return;
            }
        };
        if self.summary.records == 0 {
            self.first(&event, offset, length);
        }
        if !event.wall_time.is_finite() {
            let message = "its time is infinite; TensorBoard's data server leaves the event out";
            self.find(Finding::at(Kind::OddTime, offset, length, message));
        } else if event.is_empty {
            let message = "an event without anything in it, which makes the run begin in 1970";
            self.find(Finding::at(Kind::OddTime, offset, length, message));
        }
        steps.follow(&event, offset, length);
        self.count(&event);
        self.meet(Neighbour::new(offset, &event));
        self.kept.extend_from_slice(record.bytes);
    }

    /// The first event of all.
    fn first(&mut self, event: &EventSummary, offset: u64, length: u64) {
        self.summary.first_time = Some(event.wall_time).filter(|time| time.is_finite());
        if let Some(version) = &event.version {
            let number = version.strip_prefix("brain.Event:");
            if number.and_then(|number| number.parse().ok()) != Some(2) {
                let message =
                    format!("its version is {version:?}; TensorBoard knows \"brain.Event:2\"");
                self.find(Finding::at(Kind::Version, offset, length, message));
            }
        } else if offset > 0 {
            self.summary.header_restored = true;
            let time = self.summary.first_time.unwrap_or_default();
            self.kept = event_file::header(time);
        } else {
            let message = "does not begin with the format's version; TensorBoard then drops points whenever steps go back";
            self.find(Finding::at(Kind::Version, offset, length, message));
        }
    }

    fn count(&mut self, event: &EventSummary) {
        self.summary.records += 1;
        if !event.tags.is_empty() {
            let step = event.step;
            let (low, high) = self.summary.steps.unwrap_or((step, step));
            self.summary.steps = Some((low.min(step), high.max(step)));
        }
    }

    fn unreadable(&mut self, kind: Kind, offset: u64, length: u64, why: &str) {
        self.summary.unreadable += 1;
        let message = format!("a whole record that TensorBoard cannot read and stops at: {why}");
        self.lose(Finding::at(kind, offset, length, message));
    }

    fn lose(&mut self, mut finding: Finding) {
        finding.before.clone_from(&self.last);
        self.find(finding);
    }

    /// Losses since the last event now know what follows them.
    fn meet(&mut self, event: Neighbour) {
        let findings = &mut self.summary.findings;
        for finding in findings.iter_mut().skip(self.awaiting) {
            if finding.kind.is_damage() && finding.kind != Kind::Compressed {
                finding.after = Some(event.clone());
            }
        }
        self.awaiting = findings.len();
        self.last = Some(event);
    }

    fn find(&mut self, finding: Finding) {
        if finding.kind.is_damage() {
            self.summary.damage += 1;
        } else {
            self.summary.notes += 1;
        }
        if self.summary.findings.len() < MAX_FINDINGS {
            self.summary.findings.push(finding);
        }
    }
}
