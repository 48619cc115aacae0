//! `add_scalars`: numbers that share a chart. Each key is a run with a directory and an event file of its own.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};
use tensorbolt::proto::event::At;

use crate::arguments::{Plain, at, plain_step, plain_wall_time};
use crate::error::IntoPy;
use crate::fast_path::plain_number;
use crate::outcome::Outcome;
use crate::scalars::{RECORD_OVERHEAD_BYTES, scalar_record};
use crate::writer::Writer;

/// Number of times that a file changed the path of its events.
static ROUTES: AtomicU64 = AtomicU64::new(0);

/// A file takes its events another way from now on: every [`ScalarGroups`] must ask for its files again.
#[pyfunction]
pub fn routes_changed() {
    ROUTES.fetch_add(1, Relaxed);
}

/// The groups of one `SummaryWriter`: where the numbers of each key go, and the points that were logged.
///
/// A loop logs the same keys in the same order, so each is looked for where it was last time before it is looked up.
/// Nothing is borrowed while Python code may run.
#[pyclass(module = "tensorbolt._core")]
pub struct ScalarGroups {
    /// Most points of one directory that are kept here.
    most: usize,
    routes: u64,
    groups: Vec<Group>,
    /// From main tag to the place in `groups`.
    by_tag: Py<PyDict>,
    /// Group of the call before.
    last: usize,
    histories: Vec<History>,
    /// From directory to the place in `histories`.
    by_directory: Py<PyDict>,
}

struct Group {
    main_tag: Py<PyString>,
    /// The tag in the event files.
    tag: String,
    curves: Vec<Curve>,
    /// From key to the place in `curves`.
    by_key: Py<PyDict>,
}

/// A key of a group. `all_writers` must still have `file` for `directory`, or the curve is out of date.
struct Curve {
    key: Py<PyString>,
    directory: Py<PyString>,
    file: Py<PyAny>,
    writer: Py<Writer>,
    history: usize,
}

/// Key, directory, file, and what takes the file's events.
type NewCurve<'py> = (
    Py<PyString>,
    Bound<'py, PyString>,
    Py<PyAny>,
    Bound<'py, PyAny>,
);

/// A key and its number.
type Number<'py> = (Bound<'py, PyAny>, f64);

/// Points of one directory, for `scalar_dict`.
struct History {
    directory: Py<PyString>,
    points: Vec<Point>,
}

struct Point {
    wall_time: f64,
    step: Option<i64>,
    value: f64,
}

#[pymethods]
impl ScalarGroups {
    #[new]
    fn new(py: Python<'_>, most: usize) -> Self {
        Self {
            most,
            routes: ROUTES.load(Relaxed),
            groups: Vec::new(),
            by_tag: PyDict::new(py).unbind(),
            last: 0,
            histories: Vec::new(),
            by_directory: PyDict::new(py).unbind(),
        }
    }

    /// Writes the numbers of a group, all or none, if every argument is of a plain type, every key is known, and every
    /// file is open, is still the one that `files` has for its directory, and has room.
    fn try_scalars(
        slf: &Bound<'_, Self>,
        main_tag: &Bound<'_, PyAny>,
        values: &Bound<'_, PyAny>,
        step: &Bound<'_, PyAny>,
        wall_time: &Bound<'_, PyAny>,
        files: &Bound<'_, PyAny>,
    ) -> PyResult<Py<Outcome>> {
        let py = slf.py();
        let (Ok(main_tag), Ok(values), Ok(files)) = (
            main_tag.cast_exact::<PyString>(),
            values.cast_exact::<PyDict>(),
            files.cast_exact::<PyDict>(),
        ) else {
            return Outcome::adapt(py);
        };
        let (Plain::Value(at_step), Plain::Value(wall_time)) =
            (plain_step(step), plain_wall_time(wall_time))
        else {
            return Outcome::adapt(py);
        };
        let Some(numbers) = numbers(values)? else {
            return Outcome::adapt(py);
        };
        let at = at(at_step, wall_time);
        let step = (!step.is_none()).then_some(at_step);
        match slf
            .borrow_mut()
            .write(py, main_tag, &numbers, files, (at, step))?
        {
            Some(alert) => Outcome::written(py, alert),
            None => Outcome::adapt(py),
        }
    }

    /// Remembers where the numbers of some keys go. `tag` is the main tag as the event files have it.
    fn remember(
        slf: &Bound<'_, Self>,
        main_tag: Bound<'_, PyString>,
        tag: String,
        curves: Vec<NewCurve<'_>>,
    ) -> PyResult<()> {
        let py = slf.py();
        let group = Group {
            main_tag: main_tag.unbind(),
            tag,
            curves: Vec::new(),
            by_key: PyDict::new(py).unbind(),
        };
        let mut dropped = Vec::new();
        slf.borrow_mut().insert(py, group, curves, &mut dropped)
    }

    /// Hands over the points that were logged since the last time: from directory to `[wall_time, step, value]`.
    fn take_points<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<Vec<(Py<PyString>, Bound<'py, PyList>)>> {
        let py = slf.py();
        let mut taken = Vec::new();
        for history in &mut slf.borrow_mut().histories {
            if !history.points.is_empty() {
                let points = std::mem::take(&mut history.points);
                taken.push((history.directory.clone_ref(py), points));
            }
        }
        let to_list = |points: &[Point]| {
            let points = points.iter().map(|point| {
                let fields = (point.wall_time, point.step, point.value).into_pyobject(py)?;
                PyList::new(py, fields.iter())
            });
            PyList::new(py, points.collect::<PyResult<Vec<_>>>()?)
        };
        taken
            .into_iter()
            .map(|(directory, points)| Ok((directory, to_list(&points)?)))
            .collect()
    }

    /// Forgets where numbers go, but no point.
    fn forget(slf: &Bound<'_, Self>) {
        let mut dropped = Vec::new();
        slf.borrow_mut().forget_all(slf.py(), &mut dropped);
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        for group in &self.groups {
            for curve in &group.curves {
                visit.call(&curve.file)?;
            }
        }
        Ok(())
    }

    fn __clear__(&mut self) {
        self.groups.clear();
    }
}

impl ScalarGroups {
    /// Writes numbers; whether there are problems to report, or `None` if the long way must be taken.
    fn write(
        &mut self,
        py: Python<'_>,
        main_tag: &Bound<'_, PyString>,
        numbers: &[Number<'_>],
        files: &Bound<'_, PyDict>,
        (at, step): (At, Option<i64>),
    ) -> PyResult<Option<bool>> {
        if self.routes != ROUTES.load(Relaxed) {
            return Ok(None);
        }
        let Some(index) = self.place_of(main_tag)? else {
            return Ok(None);
        };
        self.last = index;
        let Some(group) = self.groups.get(index) else {
            return Ok(None);
        };
        let mut open = Vec::with_capacity(numbers.len());
        for (position, (key, _)) in numbers.iter().enumerate() {
            let Some(curve) = group.curve(position, key)? else {
                return Ok(None);
            };
            let file = files.get_item(&curve.directory)?;
            if !file.is_some_and(|file| file.is(&curve.file)) {
                return Ok(None);
            }
            let file = curve.writer.get().file(py)?;
            let full = self
                .histories
                .get(curve.history)
                .is_none_or(|history| history.points.len() + 1 >= self.most);
            if file.is_closed() || file.is_shared() || full {
                return Ok(None);
            }
            open.push((file, curve.history));
        }
        let size = open.len() * (RECORD_OVERHEAD_BYTES + group.tag.len());
        if !open
            .first()
            .is_some_and(|(file, _)| file.session_state().fits(size as u64))
        {
            return Ok(None);
        }
        let mut alert = false;
        for ((file, history), (_, value)) in open.iter().zip(numbers) {
            // The interpreter lock is held since the file was seen open, so it cannot have been closed.
            file.append_admitted(1, |out| scalar_record(out, at, &group.tag, *value, None))
                .into_py(py)?;
            alert = file.session_state().has_unreported();
            if let Some(history) = self.histories.get_mut(*history) {
                history.points.push(Point {
                    wall_time: at.wall_time,
                    step,
                    value: *value,
                });
            }
        }
        Ok(Some(alert))
    }

    /// Place of a group in `groups`.
    fn place_of(&self, main_tag: &Bound<'_, PyString>) -> PyResult<Option<usize>> {
        let last = self.groups.get(self.last);
        if last.is_some_and(|group| group.main_tag.is(main_tag)) {
            return Ok(Some(self.last));
        }
        place(self.by_tag.bind(main_tag.py()), main_tag)
    }

    /// Place of a directory in `histories`; it gets one if it has none.
    fn history_of(&mut self, directory: &Bound<'_, PyString>) -> PyResult<usize> {
        let by_directory = self.by_directory.bind(directory.py());
        if let Some(known) = place(by_directory, directory)? {
            return Ok(known);
        }
        let index = self.histories.len();
        by_directory.set_item(directory, index)?;
        self.histories.push(History {
            directory: directory.clone().unbind(),
            points: Vec::new(),
        });
        Ok(index)
    }

    /// Adds the curves of a group. `dropped` gets what they replace: the last reference to a file may run Python code when
    /// it goes, and must go when nothing is borrowed.
    fn insert(
        &mut self,
        py: Python<'_>,
        group: Group,
        curves: Vec<NewCurve<'_>>,
        dropped: &mut Vec<Curve>,
    ) -> PyResult<()> {
        let routes = ROUTES.load(Relaxed);
        if self.routes != routes {
            self.routes = routes;
            self.forget_all(py, dropped);
        }
        let index = if let Some(known) = self.place_of(group.main_tag.bind(py))? {
            known
        } else {
            let index = self.groups.len();
            self.by_tag.bind(py).set_item(&group.main_tag, index)?;
            self.groups.push(group);
            index
        };
        for (key, directory, file, writer) in curves {
            let Ok(writer) = writer.cast_into_exact::<Writer>() else {
                continue;
            };
            let history = self.history_of(&directory)?;
            let Some(group) = self.groups.get_mut(index) else {
                continue;
            };
            let curve = Curve {
                key,
                directory: directory.unbind(),
                file,
                writer: writer.unbind(),
                history,
            };
            dropped.extend(group.insert(py, curve)?);
        }
        Ok(())
    }

    fn forget_all(&mut self, py: Python<'_>, dropped: &mut Vec<Curve>) {
        for mut group in self.groups.drain(..) {
            dropped.append(&mut group.curves);
        }
        self.by_tag.bind(py).clear();
    }
}

impl Group {
    /// The curve of a key, which is mostly the one at this position.
    fn curve(&self, position: usize, key: &Bound<'_, PyAny>) -> PyResult<Option<&Curve>> {
        if let Some(curve) = self.curves.get(position)
            && curve.key.is(key)
        {
            return Ok(Some(curve));
        }
        // Another class could say that it equals a text.
        let Ok(key) = key.cast_exact::<PyString>() else {
            return Ok(None);
        };
        let place = place(self.by_key.bind(key.py()), key)?;
        Ok(place.and_then(|place| self.curves.get(place)))
    }

    /// Adds a curve; returns the one that it replaces.
    fn insert(&mut self, py: Python<'_>, curve: Curve) -> PyResult<Option<Curve>> {
        let by_key = self.by_key.bind(py);
        let known = place(by_key, curve.key.bind(py))?;
        if let Some(known) = known.and_then(|place| self.curves.get_mut(place)) {
            return Ok(Some(std::mem::replace(known, curve)));
        }
        by_key.set_item(&curve.key, self.curves.len())?;
        self.curves.push(curve);
        Ok(None)
    }
}

fn place(places: &Bound<'_, PyDict>, key: &Bound<'_, PyString>) -> PyResult<Option<usize>> {
    match places.get_item(key)? {
        Some(place) => Ok(Some(place.extract()?)),
        None => Ok(None),
    }
}

/// The keys and numbers of a mapping; `None` if one of them is not plain.
fn numbers<'py>(values: &Bound<'py, PyDict>) -> PyResult<Option<Vec<Number<'py>>>> {
    // References first: reading a tensor may run Python code, which could change the mapping under an iterator.
    let items: Vec<_> = values.iter().collect();
    let mut numbers = Vec::with_capacity(items.len());
    for (key, value) in items {
        let Some(value) = plain_number(&value)? else {
            return Ok(None);
        };
        numbers.push((key, value));
    }
    Ok(Some(numbers))
}
