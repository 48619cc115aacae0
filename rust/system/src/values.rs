//! Numbers with names.

/// Beginning of all names.
const PREFIX: &str = "system/";

/// Numbers of one sample, each with its name.
pub type Values = Vec<(String, f64)>;

/// Appends a number that is known.
pub fn put(values: &mut Values, name: &str, value: Option<f64>) {
    if let Some(value) = value {
        values.push(([PREFIX, name].concat(), value));
    }
}

/// `None` of nothing.
pub fn percent(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| 100.0 * part as f64 / whole as f64)
}
