//! The streams of a job in a store, which the process of rank 0 follows.
//!
//! Time is that of uploads: a list per interval shows which objects have grown, and of these what is new is asked for, once. Requests
//! run on the uploader's thread, over its connections and with its credentials.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use object_store::ObjectMeta;
use object_store::path::Path;
use tensorbolt::rank_stream::{FOLDER, StreamName};
use tensorbolt::ranks::{Place, StillWanted, StreamInput, Written};
use tensorbolt::reader::{Origin, Source, is_event_file, superseded};
use tensorbolt::{Error, Result};

use crate::asking::Asking;
use crate::client::Client;
use crate::failure::{Failure, Kind, Tried};
use crate::grown::Grown;
use crate::interval;
use crate::process::Process;
use crate::push::wait_adopted;
use crate::requests::refused;
use crate::shared::{Shared, Target};
use crate::spool::Spool;

/// Between two looks whether what this process waits for is there.
const LOOK: Duration = Duration::from_millis(100);
/// Between two lists, when the last one is over.
const AT_END: Duration = Duration::from_secs(1);
/// A store that refuses is asked so often.
const REFUSED: Duration = Duration::from_mins(1);
/// A store that fails for so long is reported: uploads are not late before.
const PATIENCE: Duration = Duration::from_mins(1);

/// The streams of a job in a store.
pub struct Job {
    asking: Arc<Asking>,
    /// Longest time between two lists.
    longest: Duration,
    began: Instant,
    known: HashMap<Path, Arc<Grown>>,
    begun: Begun,
    /// Since when the store fails, and whether it refuses.
    failing: Option<(Instant, bool)>,
}

/// What this process has uploaded when it follows the job: the start of rank 0 is among it, which says what it replaces.
pub(crate) struct Begun {
    pub spool: Spool,
    pub shared: Arc<Shared>,
    pub target: Target,
}

impl Begun {
    fn is_there(&self) -> bool {
        let gone = |name: &str| !self.spool.file(name).exists();
        let state = self.shared.lock();
        state.ended || state.has(&self.target, gone)
    }
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let url = self.asking.client.address.url();
        f.debug_struct("Job")
            .field("url", &url)
            .finish_non_exhaustive()
    }
}

impl Job {
    pub(crate) fn new(
        client: Arc<Client>,
        process: Arc<Process>,
        begun: Begun,
        longest: Duration,
    ) -> Self {
        let asking = Asking {
            client,
            process,
            wanted: Arc::new(|| true),
        };
        Self {
            asking: Arc::new(asking),
            longest,
            began: Instant::now(),
            known: HashMap::new(),
            begun,
            failing: None,
        }
    }

    fn prefix(&self) -> Tried<Option<Path>> {
        let prefix = &self.asking.client.address.prefix;
        if prefix.is_empty() {
            return Ok(None);
        }
        let path = Path::parse(prefix).map_err(|error| Failure {
            kind: Kind::Local,
            text: error.to_string(),
        });
        path.map(Some)
    }

    /// The objects of streams.
    fn listed(&self) -> Tried<Vec<ObjectMeta>> {
        let folder = self.asking.client.address.key(FOLDER);
        let folder = folder.map_err(|error| Failure::local(&error))?;
        self.asking
            .ask(|client| async move { client.list(Some(&folder)).await })
    }

    /// The event files of the run itself.
    fn event_files(&self) -> Tried<Vec<ObjectMeta>> {
        let prefix = self.prefix()?;
        let mut found = self
            .asking
            .ask(|client| async move { client.list(prefix.as_ref()).await })?;
        found.retain(|meta| is_event_file(OsStr::new(last(meta))));
        found.sort_by(|one, other| one.location.cmp(&other.location));
        let held = superseded(found.iter().map(last));
        let mut held = held.into_iter();
        found.retain(|_| !held.next().unwrap_or_default());
        Ok(found)
    }

    /// Takes note of a failure. An error is to be reported if the store refuses, or fails for long.
    fn failed(&mut self, failure: &Failure) -> Result<()> {
        let is_told = matches!(failure.kind, Kind::Denied | Kind::NoBucket);
        let is_refused = is_told || failure.kind == Kind::Expired;
        if is_refused {
            // Credentials in files may have been renewed.
            self.asking.client.rebuild();
        }
        let (since, _) = self.failing.unwrap_or((Instant::now(), false));
        self.failing = Some((since, is_refused));
        if !(self.asking.wanted)() || (!is_told && since.elapsed() < PATIENCE) {
            log::info!("the streams of ranks are not read: {}", failure.text);
            return Ok(());
        }
        let address = &self.asking.client.address;
        let url = address.url();
        let what = format!(
            "the curves of the ranks are not made, though `tensorbolt reduce {url} -o DIRECTORY` can do that later"
        );
        Err(Error::store(what, refused(failure, address)))
    }
}

impl Place for Job {
    fn begin(&mut self, wanted: StillWanted) {
        self.asking = Arc::new(Asking {
            client: Arc::clone(&self.asking.client),
            process: Arc::clone(&self.asking.process),
            wanted,
        });
    }

    fn written(&mut self) -> Result<Option<Written>> {
        while !self.begun.is_there() && (self.asking.wanted)() {
            std::thread::sleep(LOOK);
        }
        // What an earlier process has written and not uploaded is there soon.
        while !wait_adopted(LOOK).is_empty() && (self.asking.wanted)() {}
        let found = match self.event_files() {
            Ok(found) => found,
            Err(failure) => return self.failed(&failure).map(|()| None),
        };
        let files: Vec<_> = found
            .iter()
            .map(|meta| {
                let file = Grown::new(&self.asking, &meta.location, meta.size, false);
                (self.asking.client.address.display(last(meta)), file)
            })
            .collect();
        let sources = files
            .iter()
            .map(|(name, file)| (name.clone(), file as &dyn Source));
        let written = Written::of(sources)?;
        match files.iter().find_map(|(_, file)| file.take_failure()) {
            Some(failure) => self.failed(&failure).map(|()| None),
            None => Ok(Some(written)),
        }
    }

    fn streams(&mut self) -> Result<Vec<StreamInput>> {
        let mut before = self.known.values();
        let found = match before.find_map(|one| one.take_failure()) {
            // It has failed since the last list, and is asked again at the next one.
            Some(failure) => {
                for one in self.known.values() {
                    one.take_failure();
                }
                Err(failure)
            }
            None => self.listed(),
        };
        let found = match found {
            // Stores without directories say so of one that has no object yet.
            Err(failure) if failure.kind == Kind::Missing => Vec::new(),
            Err(failure) => {
                self.failed(&failure)?;
                return Ok(Vec::new());
            }
            Ok(found) => found,
        };
        self.failing = None;
        let mut inputs = Vec::new();
        for meta in found {
            if StreamName::parse(last(&meta)).is_none() {
                continue;
            }
            let asking = &self.asking;
            let object = self
                .known
                .entry(meta.location.clone())
                .or_insert_with(|| Arc::new(Grown::new(asking, &meta.location, meta.size, true)));
            object.see(meta.size);
            inputs.push(StreamInput {
                name: last(&meta).to_owned(),
                origin: Origin::Other(Arc::clone(object) as Arc<dyn Source>),
            });
        }
        Ok(inputs)
    }

    fn pause(&self, is_ending: bool) -> Option<Duration> {
        let interval = interval::of(self.began.elapsed(), self.longest);
        Some(match self.failing {
            Some((_, true)) => REFUSED.max(interval),
            _ if is_ending => AT_END,
            _ => interval,
        })
    }
}

/// Name of an object, without its directory.
fn last(meta: &ObjectMeta) -> &str {
    meta.location.filename().unwrap_or_default()
}
