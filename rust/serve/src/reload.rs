//! The thread that looks for what is new.

use std::collections::HashSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rayon::ThreadPoolBuilder;
use tokio::sync::watch;

use crate::catalog::Catalog;
use crate::display::Display;
use crate::log::{Left, Log, Viewer};
use crate::pauses::Watched;
use crate::priority::give_way;
use crate::settings::Settings;

/// A page that is opened again makes the thread look, unless the last look was so short a time ago.
const FRESH: Duration = Duration::from_secs(1);

/// What the thread, the calls and the owner share.
pub struct Shared {
    /// What replies are made of.
    pub(crate) display: Display,
    state: Mutex<State>,
    woken: Condvar,
    /// Number of looks that ended.
    looks: watch::Sender<u64>,
}

/// What happened so far.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Looks that were asked for and have not begun.
    is_wanted: bool,
    is_stopped: bool,
    is_looking: bool,
    /// End of the last look.
    last: Option<Instant>,
    /// Looks that ended.
    pub looks: u64,
    /// Duration of the first look.
    pub first: Option<Duration>,
    /// Event files.
    pub files: usize,
    /// Those of which the index had something that was still so.
    pub remembered: usize,
    /// Why a log, or a file, could not be read at the last look.
    pub failure: Option<String>,
}

impl Default for Shared {
    fn default() -> Self {
        Self {
            display: Display::default(),
            state: Mutex::default(),
            woken: Condvar::new(),
            looks: watch::Sender::new(0),
        }
    }
}

impl Shared {
    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What happened so far.
    #[must_use]
    pub fn state(&self) -> State {
        self.locked().clone()
    }

    /// Numbers about what is served.
    #[must_use]
    pub fn numbers(&self) -> Vec<(&'static str, f64)> {
        let state = self.state();
        let catalog = self.display.catalog();
        // Those that are computed of others have no files.
        let runs = || catalog.runs.iter().filter(|run| !run.files.is_empty());
        let curves = || runs().flat_map(|run| run.scalars.iter().map(|one| &one.points));
        let places = || runs().flat_map(|run| run.others.iter().map(|one| &one.points));
        let points = curves().map(|one| one.len()).sum::<usize>()
            + places().map(|one| one.all().len()).sum::<usize>();
        let bytes = curves().map(|one| one.bytes()).sum::<usize>()
            + places().map(|one| one.bytes()).sum::<usize>();
        vec![
            ("runs", runs().count() as f64),
            ("files", state.files as f64),
            ("remembered", state.remembered as f64),
            ("series", (curves().count() + places().count()) as f64),
            ("points", points as f64),
            ("bytes", bytes as f64),
            ("events", runs().map(|run| run.events).sum::<u64>() as f64),
            (
                "damaged",
                catalog.runs.iter().map(|run| run.damaged).sum::<usize>() as f64,
            ),
            ("looks", state.looks as f64),
            (
                "first_seconds",
                state.first.unwrap_or_default().as_secs_f64(),
            ),
        ]
    }

    /// Asks for a look; the number of looks when it will have ended.
    pub fn ask(&self) -> u64 {
        let mut state = self.locked();
        state.is_wanted = true;
        self.woken.notify_all();
        // A look that is under way may have missed what is new.
        state.looks + 1 + u64::from(state.is_looking)
    }

    /// Asks for a look if the last one was some time ago, and waits for its end, but not long.
    pub async fn refresh(&self, most: Duration) {
        let state = self.state();
        let is_old = state.last.is_some_and(|last| last.elapsed() >= FRESH);
        if !is_old || state.is_looking || state.is_stopped {
            return;
        }
        let wanted = self.ask();
        let mut looks = self.looks.subscribe();
        let ended = looks.wait_for(|&looks| looks >= wanted);
        // A look that takes longer is seen by later calls.
        let _ = tokio::time::timeout(most, ended).await;
    }

    /// Waits until so many looks have ended; false if they have not.
    pub fn wait(&self, looks: u64, most: Duration) -> bool {
        let until = Instant::now().checked_add(most);
        let mut state = self.locked();
        while state.looks < looks && !state.is_stopped {
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                return false;
            }
            let left = left.unwrap_or(FRESH);
            let waited = self.woken.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.looks >= looks
    }

    /// Ends the thread.
    pub fn stop(&self) {
        self.locked().is_stopped = true;
        self.woken.notify_all();
    }

    fn is_stopped(&self) -> bool {
        self.locked().is_stopped
    }

    /// True if the thread is to look, or to end.
    fn is_awaited(&self) -> bool {
        let state = self.locked();
        state.is_wanted || state.is_stopped
    }

    /// Waits for the time of the next look, and whether it was asked for; nothing if there is to be none.
    fn sleep(&self, interval: Option<Duration>) -> Option<bool> {
        let until = interval.and_then(|interval| Instant::now().checked_add(interval));
        let mut state = self.locked();
        loop {
            if state.is_stopped {
                return None;
            }
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            if state.is_wanted || left == Some(Duration::ZERO) {
                state.is_looking = true;
                return Some(std::mem::take(&mut state.is_wanted));
            }
            state = if let Some(left) = left {
                let waited = self.woken.wait_timeout(state, left);
                waited.unwrap_or_else(PoisonError::into_inner).0
            } else {
                let waited = self.woken.wait(state);
                waited.unwrap_or_else(PoisonError::into_inner)
            };
        }
    }
}

/// Starts the thread.
///
/// # Errors
///
/// Errors of the operating system.
pub fn start(shared: Arc<Shared>, settings: Settings) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new()
        .name("tensorbolt-serve".into())
        .spawn(move || run(&shared, &settings))
}

/// Those who look at the log.
struct Page<'a>(&'a Shared);

impl Viewer for Page<'_> {
    fn show(&mut self, catalog: Catalog) -> bool {
        self.0.display.show(catalog);
        !self.0.is_stopped()
    }

    fn awaited(&self) -> HashSet<String> {
        self.0.display.awaited()
    }
}

/// Compares long values with their checksums, as long as no one waits for a look.
fn compare(shared: &Shared, log: &mut Log) -> Left {
    let mut left = log.compare();
    while left == Left::More && !shared.is_awaited() {
        left = log.compare();
    }
    if left != Left::Damage && log.is_changed() {
        shared.display.show(log.catalog());
    }
    left
}

fn run(shared: &Shared, settings: &Settings) {
    let threads = settings.reading_threads();
    let pool = ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|at| format!("tensorbolt-read-{at}"))
        .start_handler(|_| give_way())
        .build();
    let pool = pool.ok().filter(|_| threads > 1);
    if pool.is_none() {
        give_way();
    }
    let memory = settings.most_memory();
    let mut log = Log::new(settings.samples.clone(), settings.checksum, memory, pool);
    log.group(settings.groups.clone());
    // Members of groups keep more points than an index has.
    if let Some(root) = settings
        .index
        .as_ref()
        .filter(|_| settings.groups.is_empty())
    {
        log.set_index(root, settings.index_key());
    }
    let mut places = settings.places.iter().map(Watched::new).collect::<Vec<_>>();
    let mut is_asked = true;
    shared.locked().is_looking = true;
    loop {
        let began = Instant::now();
        let mut failure = None;
        for place in &mut places {
            let listed = place.list(is_asked, log.pool(), &|| !shared.is_stopped());
            failure = failure.or(listed.err().map(|error| error.to_string()));
        }
        let listed = places.iter().flat_map(|place| &place.listed);
        log.set_files(listed.cloned().collect());
        let streams = places.iter().flat_map(|place| &place.streams);
        log.set_streams(streams.cloned(), settings.interval.is_some());
        let any = log.read(&mut Page(shared));
        if let Some(interval) = settings.interval {
            for place in &mut places {
                place.rest(any, interval);
            }
        }
        let (files, unread) = log.state();
        let remembered = log.remembered();
        {
            let mut state = shared.locked();
            (state.files, state.failure) = (files, failure.or(unread));
            state.remembered = remembered;
            state.looks += 1;
            state.is_looking = false;
            state.first = state.first.or(Some(began.elapsed()));
            state.last = Some(Instant::now());
            shared.looks.send_replace(state.looks);
        }
        shared.woken.notify_all();
        if compare(shared, &mut log) == Left::Damage {
            shared.locked().is_looking = true;
            is_asked = false;
            continue;
        }
        log.store_if_worth();
        match shared.sleep(settings.interval) {
            Some(asked) => is_asked = asked,
            None => return,
        }
    }
}
