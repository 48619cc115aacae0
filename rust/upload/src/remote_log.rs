//! A log in a store that is read: the event files below an address.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::TryStreamExt as _;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore as _, ObjectStoreExt as _};
use tensorbolt::rank_stream::StreamName;
use tensorbolt::ranks::run_of;
use tensorbolt::reader::{is_event_file, superseded};
use tensorbolt::{Error, Result};

use crate::address::{Address, Kind};
use crate::failure::{Failure, Kind as Fault};
use crate::object::Object;
use crate::requests::{GoOn, Requests, refused};
use crate::store;

/// A log in a store. Its objects stay the same from list to list, so that what was read of them needs no request.
#[derive(Debug)]
pub struct RemoteLog {
    pub(crate) requests: Arc<Requests>,
    known: Mutex<HashMap<String, Arc<Object>>>,
    /// Streams of ranks in the last list.
    streams: Mutex<Vec<(ObjectMeta, String)>>,
}

impl RemoteLog {
    /// A log at an address; sends nothing. `options` and `environment` as for `Settings`.
    ///
    /// # Errors
    ///
    /// `is_argument` for an address or an option that no store knows.
    pub fn open(
        url: &str,
        options: Vec<(String, String)>,
        environment: Vec<(String, String)>,
    ) -> Result<Self> {
        let address = Address::parse(url)?;
        let at = address.clone();
        let make = Box::new(move || store::build(&at, &options, &environment));
        Ok(Self::through(Requests::new(address, make)?))
    }

    pub(crate) fn through(requests: Requests) -> Self {
        Self {
            requests: Arc::new(requests),
            known: Mutex::default(),
            streams: Mutex::default(),
        }
    }

    /// The address without credentials.
    #[must_use]
    pub fn url(&self) -> String {
        self.requests.address.url()
    }

    /// The event files that there are now, in the order of runs and names, without those that a merged one holds. The address
    /// may also be that of one event file.
    ///
    /// # Errors
    ///
    /// As for `all_files`.
    pub fn files(&self, go_on: GoOn<'_>) -> Result<Vec<Arc<Object>>> {
        let all = self.all_files(go_on)?;
        let runs = all.chunk_by(|a, b| a.run() == b.run());
        let held = runs.flat_map(|run| superseded(run.iter().map(|file| file.file_name())));
        let kept = all.iter().zip(held).filter(|(_, is_held)| !is_held);
        Ok(kept.map(|(file, _)| file.clone()).collect())
    }

    /// All event files that there are now, in the order of runs and names.
    ///
    /// # Errors
    ///
    /// `is_store` if the store cannot be asked, or if there is nothing at the address.
    pub fn all_files(&self, go_on: GoOn<'_>) -> Result<Vec<Arc<Object>>> {
        let found = self.found(go_on)?;
        Ok(self.objects(found))
    }

    /// The objects of streams of ranks, with the runs of their jobs, in the order of runs and names.
    ///
    /// # Errors
    ///
    /// `is_store` if the store cannot be asked.
    pub fn streams(&self, go_on: GoOn<'_>) -> Result<Vec<Arc<Object>>> {
        let address = &self.requests.address;
        if self.own_file(go_on)?.is_some() {
            return Ok(Vec::new());
        }
        let streams = streams_of(&self.list(go_on)?, &address.prefix);
        Ok(self.objects(streams))
    }

    /// The objects of streams in the last list of event files, which cost no request more.
    #[must_use]
    pub fn listed_streams(&self) -> Vec<Arc<Object>> {
        let streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        self.objects(streams.clone())
    }

    /// The objects that a list has, which stay the same from list to list.
    fn objects(&self, found: Vec<(ObjectMeta, String)>) -> Vec<Arc<Object>> {
        let address = &self.requests.address;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut files = Vec::new();
        for (meta, run) in found {
            let key = meta.location.as_ref();
            let object = known.entry(key.to_owned()).or_insert_with(|| {
                let name = format!("{}/{key}", address.root);
                Arc::new(Object::new(self.requests.clone(), &meta, run, name))
            });
            object.see(&meta);
            files.push(object.clone());
        }
        files.sort_by(|a, b| (a.run(), a.name()).cmp(&(b.run(), b.name())));
        files
    }

    /// The event files, each with its run.
    fn found(&self, go_on: GoOn<'_>) -> Result<Vec<(ObjectMeta, String)>> {
        let address = &self.requests.address;
        if let Some(meta) = self.own_file(go_on)? {
            return Ok(vec![(meta, ".".into())]);
        }
        let found = self.list(go_on)?;
        let is_empty = found.is_empty();
        *self.streams.lock().unwrap_or_else(PoisonError::into_inner) =
            streams_of(&found, &address.prefix);
        let files = found.into_iter().filter_map(|meta| {
            let inside = meta.location.as_ref();
            let inside = inside.strip_prefix(address.prefix.as_str())?;
            let inside = inside.trim_start_matches('/');
            let (run, name) = inside.rsplit_once('/').unwrap_or((".", inside));
            is_event_file(OsStr::new(name)).then(|| (meta.clone(), run.to_owned()))
        });
        let files: Vec<_> = files.collect();
        if is_empty {
            let what = "there is nothing at this address; pass that of a log, as it was given to SummaryWriter";
            let error = std::io::Error::new(std::io::ErrorKind::NotFound, what);
            return Err(Error::store(format!("reading {}", address.url()), error));
        }
        Ok(files)
    }

    fn list(&self, go_on: GoOn<'_>) -> Result<Vec<ObjectMeta>> {
        let address = &self.requests.address;
        let prefix = Path::parse(&address.prefix).ok();
        let listed = self.requests.make(0, go_on, |store| {
            let objects = store.objects.list(prefix.as_ref());
            async move { objects.try_collect().await }
        });
        match listed {
            // A directory of WebDAV that was never made.
            Err(failure) if failure.kind == Fault::Missing => Ok(Vec::new()),
            listed => listed.map_err(|failure| self.failed(&failure)),
        }
    }

    /// The event file at the address itself, if there is one.
    fn own_file(&self, go_on: GoOn<'_>) -> Result<Option<ObjectMeta>> {
        let name = self.requests.address.prefix.rsplit('/').next();
        if !is_event_file(OsStr::new(name.unwrap_or_default())) {
            return Ok(None);
        }
        self.head(go_on)
    }

    /// The object at the address itself, if there is one.
    fn head(&self, go_on: GoOn<'_>) -> Result<Option<ObjectMeta>> {
        let key = Path::parse(&self.requests.address.prefix).unwrap_or_default();
        let asked = self.requests.make(0, go_on, |store| {
            let key = &key;
            async move { store.objects.head(key).await }
        });
        match asked {
            Err(failure) if failure.kind == Fault::Missing => Ok(None),
            asked => asked.map(Some).map_err(|failure| self.failed(&failure)),
        }
    }

    fn failed(&self, failure: &Failure) -> Error {
        let address = &self.requests.address;
        let mut error = refused(failure, address);
        if address.kind == Kind::Http && !matches!(failure.kind, Fault::Denied | Fault::Local) {
            let text = format!(
                "{error}. The server must know WebDAV to list a directory; else pass the address of an event file"
            );
            error = std::io::Error::new(error.kind(), text);
        }
        Error::store(format!("reading {}", address.url()), error)
    }
}

/// The streams in a list, each with the run of its job.
fn streams_of(listed: &[ObjectMeta], prefix: &str) -> Vec<(ObjectMeta, String)> {
    let stream = |meta: &ObjectMeta| {
        let inside = meta.location.as_ref().strip_prefix(prefix)?;
        let (directory, name) = inside.trim_start_matches('/').rsplit_once('/')?;
        let run = run_of(directory).filter(|_| StreamName::parse(name).is_some())?;
        Some((meta.clone(), run.to_owned()))
    };
    listed.iter().filter_map(stream).collect()
}
