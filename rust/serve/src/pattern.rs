//! Which runs form a group: those in whose names a pattern finds the same texts.

use regex::Regex;
use tensorbolt::Error;

/// Stands between the texts of a name.
const BETWEEN: &str = ", ";

/// A regular expression, found anywhere in the name of a run. What its brackets find names the group.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl Pattern {
    /// From its text.
    ///
    /// # Errors
    ///
    /// `is_argument` if it is no regular expression, or has no brackets.
    pub fn new(text: &str) -> Result<Self, Error> {
        let pattern = Regex::new(text).map_err(|error| {
            // The last line says why; those before draw where.
            let error = error.to_string();
            let why = error.lines().last().unwrap_or_default();
            let why = why.trim_start_matches("error: ");
            Error::argument(format!(
                "a group must be a regular expression, but {text:?} is none: {why}"
            ))
        })?;
        if pattern.captures_len() < 2 {
            return Err(Error::argument(format!(
                "the group {text:?} has no brackets to name it by; put them around what its runs have in common, such as \
                 \"(.*)/seed\\d+\""
            )));
        }
        Ok(Self(pattern))
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.as_str()
    }

    /// Name of the group that a run belongs to, if it belongs to one.
    #[must_use]
    pub fn group_of(&self, run: &str) -> Option<String> {
        let found = self.0.captures(run)?;
        let names = self.0.capture_names();
        let parts = names.zip(found.iter()).skip(1).filter_map(|(name, text)| {
            let text = text
                .map(|text| text.as_str())
                .filter(|text| !text.is_empty())?;
            Some(match name {
                Some(name) => format!("{name}={text}"),
                None => text.into(),
            })
        });
        let name = parts.collect::<Vec<_>>().join(BETWEEN);
        // As the run of the log's own directory is called.
        Some(if name.is_empty() { ".".into() } else { name })
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    fn group(pattern: &str, run: &str) -> Option<String> {
        Pattern::new(pattern).ok()?.group_of(run)
    }

    #[test]
    fn brackets_name_the_group() {
        let lr = r"sweep/(.*)/seed\d+";
        assert_eq!(group(lr, "sweep/lr_0.1/seed12"), Some("lr_0.1".into()));
        assert_eq!(group(lr, "all/sweep/a/b/seed1"), Some("a/b".into()));
        assert_eq!(group(lr, "sweep/lr_0.1/eval"), None);
        assert_eq!(group(r"^(.*?)/?seed\d+$", "seed1"), Some(".".into()));
        let two = r"^(\w+)/lr_(?P<lr>[\d.]+)(?:_wd_(?P<wd>[\d.]+))?/";
        assert_eq!(group(two, "mlp/lr_0.1/3"), Some("mlp, lr=0.1".into()));
        assert_eq!(
            group(two, "mlp/lr_0.1_wd_2/3"),
            Some("mlp, lr=0.1, wd=2".into())
        );
    }

    #[test]
    fn what_is_no_pattern_is_an_error_of_one_line() {
        for (text, why) in [
            ("a(", "unclosed group"),
            (r"(?=a)(b)", "look-ahead"),
            (r"seed\d+", "no brackets to name it by"),
            ("(?:a|b)", "no brackets to name it by"),
        ] {
            let error = Pattern::new(text).err().map(|error| error.to_string());
            let error = error.unwrap_or_default();
            assert!(error.contains(why), "{error}");
            assert!(!error.contains('\n'));
        }
    }
}
