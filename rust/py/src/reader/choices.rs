//! Words that stand for one of a few choices.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use tensorbolt::reader::OnDamage;

/// The treatment of damage of this name.
pub fn on_damage_of(name: &str) -> PyResult<OnDamage> {
    let known = [
        ("skip", OnDamage::Skip),
        ("stop", OnDamage::Stop),
        ("raise", OnDamage::Raise),
    ];
    one_of(name, &known)
}

/// What a name stands for among those that are known.
pub fn one_of<T: Copy>(name: &str, known: &[(&str, T)]) -> PyResult<T> {
    let value = known
        .iter()
        .find(|(known, _)| *known == name)
        .map(|&(_, value)| value);
    value.ok_or_else(|| PyValueError::new_err(format!("{name:?} is not known")))
}
