//! Logs that are read.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyTuple};
use tensorbolt::reader::{
    self, Duplicates, Input, Kind, Kinds, Log as CoreLog, Method, Policy, Restarts, RowPlace, Rows,
    Wanted, Watch,
};

use super::buffer::ScalarRoom;
use super::choices::{on_damage_of, one_of};
use super::ended::Ended;
use super::position::{Mark, of_mark, to_mark};
use super::room::{codes, column};
use super::rows::value;
use super::source::origin_of;
use crate::error::{IntoPy, reading_error};

/// Files of runs, and what was read of them.
#[pyclass(frozen, module = "tensorbolt._core")]
pub struct Log {
    core: Mutex<CoreLog>,
    policy: Policy,
    pub(super) ended: Arc<Ended>,
    /// The thread whose read runs handlers of signals, which may come back here.
    reader: Mutex<Option<ThreadId>>,
}

/// Between two looks for a signal.
const SECONDS: f64 = 0.1;

/// Name of the run and of the file, a path or an open file, and where reading begins.
type File = (String, String, Py<PyAny>, u64);

impl Log {
    /// Works, and meanwhile looks for signals every so many seconds, and calls `report`.
    pub(super) fn watched<T: Send>(
        &self,
        py: Python<'_>,
        report: Option<&Py<PyAny>>,
        seconds: f64,
        work: impl FnOnce(&mut CoreLog, &Watch<'_>) -> T + Send,
    ) -> PyResult<T> {
        let every = Duration::try_from_secs_f64(seconds)
            .map_err(|error| PyValueError::new_err(error.to_string()))?;
        let is_of_use = AtomicBool::new(true);
        let look = |done| {
            if is_of_use.load(Relaxed) {
                is_of_use.store(self.ended.look(report, done), Relaxed);
            }
        };
        self.with(py, |log| {
            work(log, &Watch::new(self.ended.flag(), every, &look))
        })
    }

    pub(super) fn with<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&mut CoreLog) -> T + Send,
    ) -> PyResult<T> {
        py.detach(|| {
            let (me, reader) = (Some(thread::current().id()), || {
                self.reader.lock().unwrap_or_else(PoisonError::into_inner)
            });
            if *reader() == me {
                return Err(PyRuntimeError::new_err(
                    "the log is being read by this thread; a handler of signals, or a function that the read calls, must not use it",
                ));
            }
            let mut core = self.core.lock().unwrap_or_else(PoisonError::into_inner);
            *reader() = me;
            let done = work(&mut core);
            *reader() = None;
            self.ended.take().map_or(Ok(done), Err)
        })
    }
}

#[pymethods]
impl Log {
    #[new]
    #[expect(clippy::too_many_arguments, reason = "one for each option of `read`")]
    fn new(
        kinds: Vec<String>,
        steps: (i64, i64),
        checksum: bool,
        on_damage: &str,
        restarts: &str,
        duplicates: &str,
        threads: usize,
        wants_tag: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let kinds: Vec<Kind> = kinds
            .iter()
            .filter_map(|name| Kind::of_name(name))
            .collect();
        let wanted = Wanted {
            defers: false,
            checksum,
            on_damage: on_damage_of(on_damage)?,
            kinds: Kinds::of(&kinds),
            steps,
        };
        let policy = Policy {
            restarts: one_of(
                restarts,
                &[("purge", Restarts::Purge), ("keep", Restarts::Keep)],
            )?,
            duplicates: one_of(
                duplicates,
                &[
                    ("last", Duplicates::Last),
                    ("first", Duplicates::First),
                    ("all", Duplicates::All),
                    ("error", Duplicates::Error),
                ],
            )?,
        };
        let ended = Arc::<Ended>::default();
        let wants_tag: Box<dyn Fn(&str) -> bool + Send + Sync> = match wants_tag {
            None => Box::new(|_| true),
            Some(wants) => {
                let ended = ended.clone();
                Box::new(move |tag| {
                    let answer = Python::attach(|py| wants.call1(py, (tag,))?.extract::<bool>(py));
                    answer.unwrap_or_else(|error| {
                        ended.raise(error);
                        false
                    })
                })
            }
        };
        let core = Mutex::new(CoreLog::new(wanted, wants_tag, threads));
        Ok(Self {
            core,
            policy,
            ended,
            reader: Mutex::default(),
        })
    }

    /// Names the files that there are now.
    fn set_files(&self, py: Python<'_>, files: Vec<File>) -> PyResult<()> {
        let inputs = files.into_iter().map(|(run, name, place, first)| {
            let origin = origin_of(py, place, &self.ended);
            (Input { run, name, origin }, first)
        });
        let inputs: Vec<_> = inputs.collect();
        self.with(py, |log| log.set_files(inputs))
    }

    /// Reads what was not read yet; whether there was anything. Every so many seconds Ctrl-C is looked for, and `report` gets
    /// the bytes that are done.
    #[pyo3(signature = (report=None, seconds=0.1))]
    fn read(&self, py: Python<'_>, report: Option<Py<PyAny>>, seconds: f64) -> PyResult<bool> {
        let any = self.watched(py, report.as_ref(), seconds, CoreLog::read_watched)?;
        any.map_err(|error| reading_error(py, &error))
    }

    /// Reads on in the first file that has more: what begins in the next `most` bytes. Whether there was any.
    fn read_part(&self, py: Python<'_>, most: u64) -> PyResult<bool> {
        let any = self.watched(py, None, SECONDS, |log, watch| log.read_part(most, watch))?;
        any.map_err(|error| reading_error(py, &error))
    }

    /// Runs, tags, run, tag and number of points of each group, and the columns. Ctrl-C is looked for as in `read`, and `report`
    /// gets the bytes of the columns that are done.
    #[pyo3(signature = (report=None, seconds=0.1))]
    fn scalars<'py>(
        &self,
        py: Python<'py>,
        report: Option<Py<PyAny>>,
        seconds: f64,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let policy = self.policy;
        let made = self.watched(py, report.as_ref(), seconds, |log, watch| {
            let points = log.scalar_points(policy)?;
            let mut room = ScalarRoom::new(points.count);
            points.fill(room.columns(), watch)?;
            let groups = points.groups.iter();
            let groups = groups.map(|group| (group.run, group.tag, group.count));
            let groups: Vec<_> = groups.collect();
            Ok((points.runs, points.tags, groups, room.into_buffers()))
        })?;
        let (runs, tags, groups, columns) = made.map_err(|error| reading_error(py, &error))?;
        let [run_codes, tag_codes, steps, times, values] = columns;
        (
            runs, tags, groups, run_codes, tag_codes, steps, times, values,
        )
            .into_pyobject(py)
    }

    /// Runs, tags, groups, the columns of runs, tags, steps and times, and the places of the values of one kind.
    fn rows<'py>(&self, py: Python<'py>, kind: &str) -> PyResult<Bound<'py, PyTuple>> {
        let policy = self.policy;
        let kind = Kind::of_name(kind)
            .ok_or_else(|| PyValueError::new_err(format!("{kind:?} is no kind")))?;
        let rows = self.with(py, |log| log.rows(kind, policy))?.into_py(py)?;
        let Rows {
            runs,
            tags,
            groups,
            steps,
            times,
            places,
        } = rows;
        let count = steps.len();
        let of_runs = groups.iter().map(|group| (group.run, group.count));
        let run_codes = codes(py, count, of_runs)?;
        let of_tags = groups.iter().map(|group| (group.tag, group.count));
        let tag_codes = codes(py, count, of_tags)?;
        let groups = groups.into_iter().map(|group| {
            let metadata = group.metadata;
            let content = PyBytes::new(py, &metadata.content);
            (group.run, group.tag, group.count, metadata.plugin, content)
        });
        let groups = PyList::new(py, groups.collect::<Vec<_>>())?;
        let places = places
            .into_iter()
            .map(|place| (place.file, place.offset, place.length));
        let places = PyList::new(py, places.collect::<Vec<_>>())?;
        let (steps, times) = (column(py, steps), column(py, times));
        (
            runs, tags, groups, run_codes, tag_codes, steps, times, places,
        )
            .into_pyobject(py)
    }

    /// The values at these places; `None` for one that is malformed.
    fn values<'py>(
        &self,
        py: Python<'py>,
        places: Vec<(usize, u64, u32)>,
    ) -> PyResult<Bound<'py, PyList>> {
        let places: Vec<_> = places.into_iter().map(to_place).collect();
        let values = self.with(py, |log| log.values(&places))?.into_py(py)?;
        let values = values.into_iter().map(|one| value(py, one));
        PyList::new(py, values.collect::<PyResult<Vec<_>>>()?)
    }

    /// Run and name of the file of this number.
    fn file(&self, py: Python<'_>, number: usize) -> PyResult<Option<(String, String)>> {
        self.with(py, |log| {
            let (run, name) = log.file_of(number)?;
            Some((run.into(), name.into()))
        })
    }

    /// Name, files, lowest and highest time, events, bytes, versions of each run.
    fn runs<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let runs = self.with(py, |log| log.runs())?;
        let runs = runs.into_iter().map(|run| {
            let times = run.times.unzip();
            (
                run.name,
                run.files,
                times.0,
                times.1,
                run.events,
                run.bytes,
                run.versions,
            )
        });
        PyList::new(py, runs.collect::<Vec<_>>())
    }

    /// Run, tag, kind, plugin, count, steps, times, bytes, display name, description of each tag.
    fn tags<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let policy = self.policy;
        let tags = self.with(py, |log| log.tags(policy))?.into_py(py)?;
        let tags = tags.into_iter().map(|tag| {
            let metadata = tag.metadata;
            let names = (metadata.display_name, metadata.description);
            (
                tag.run,
                tag.tag,
                tag.kind.name(),
                metadata.plugin,
                tag.count,
                tag.steps,
                tag.times,
                tag.bytes,
                names,
            )
        });
        PyList::new(py, tags.collect::<Vec<_>>())
    }

    /// Run, file, offset, length and reason of each damaged place.
    fn damage<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let damage = self.with(py, |log| {
            let damage = log.damage().map(|(input, gap)| {
                let (run, name) = (input.run.clone(), input.name.clone());
                (run, name, gap.offset, gap.length, gap.cause.to_string())
            });
            damage.collect::<Vec<_>>()
        })?;
        PyList::new(py, damage)
    }

    /// Run, file, identity, offset, bytes before it, whether the rest is given up, and described tags of each file.
    fn positions(&self, py: Python<'_>) -> PyResult<Vec<Mark>> {
        let positions = self.with(py, |log| log.positions())?;
        Ok(positions.into_iter().map(to_mark).collect())
    }

    /// Files that are named from now on are read from these positions on.
    fn resume(&self, py: Python<'_>, positions: Vec<Mark>) -> PyResult<()> {
        let positions = positions.into_iter().map(of_mark).collect();
        self.with(py, |log| log.resume(positions))
    }

    /// Forgets all points, but not how far files were read.
    fn forget(&self, py: Python<'_>) -> PyResult<()> {
        self.with(py, CoreLog::forget)
    }
}

/// Places of at most `most` points of each group, which has so many.
#[pyfunction]
pub fn downsample<'py>(
    py: Python<'py>,
    steps: PyReadonlyArray1<'py, i64>,
    values: PyReadonlyArray1<'py, f64>,
    counts: Vec<usize>,
    most: usize,
    method: &str,
) -> PyResult<Bound<'py, PyArray1<i64>>> {
    let known = [
        ("lttb", Method::Lttb),
        ("minmax", Method::MinMax),
        ("uniform", Method::Uniform),
    ];
    let method = one_of(method, &known)?;
    let (mut steps, mut values) = (steps.as_slice()?, values.as_slice()?);
    let kept = py.detach(|| {
        let (mut kept, mut before) = (Vec::new(), 0);
        for count in counts {
            let (these, rest) = steps.split_at_checked(count)?;
            let (numbers, others) = values.split_at_checked(count)?;
            let places = reader::downsample(these, numbers, most, method);
            kept.extend(places.into_iter().map(|at| (before + at) as i64));
            (steps, values, before) = (rest, others, before + count);
        }
        Some(kept)
    });
    let kept =
        kept.ok_or_else(|| PyValueError::new_err("counts are more than there are points"))?;
    Ok(PyArray1::from_vec(py, kept))
}

pub(super) fn to_place((file, offset, length): (usize, u64, u32)) -> RowPlace {
    RowPlace {
        file,
        offset,
        length,
    }
}
