//! The crate's one error type.
//!
//! Callers ask predicates instead of matching on variants, so kinds can be added without breaking anyone. The
//! predicates sort errors by who can act on them: the caller (`is_argument`, `is_shape`), the disk (`is_store`), or
//! the bytes that were read (`is_corrupt`).
//!
//! To add an error: build it with the constructor of its kind, in a sentence that names the argument, says what
//! came, and what to pass instead. Add a kind only if a caller must react to it differently.

use std::fmt;
use std::io;
use std::sync::Arc;

/// Result of the functions of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why something could not be encoded, written or read.
#[derive(Clone, Debug)]
pub struct Error {
    kind: Kind,
    message: String,
}

#[derive(Clone, Debug)]
enum Kind {
    Argument,
    Shape,
    Store(Arc<io::Error>),
    Corrupt,
    Closed,
    Stopped,
    Remark,
}

impl Error {
    /// A value the caller must change.
    pub fn argument(message: impl Into<String>) -> Self {
        Self::new(Kind::Argument, message)
    }

    /// An array whose rank, size or axis order the caller must change.
    pub fn shape(message: impl Into<String>) -> Self {
        Self::new(Kind::Shape, message)
    }

    /// The operating system refused; `doing` says what was attempted, with the path.
    pub fn store(doing: impl Into<String>, source: io::Error) -> Self {
        let doing = doing.into();
        let message = format!("{doing}: {source}");
        Self::new(Kind::Store(Arc::new(source)), message)
    }

    /// Bytes that no writer of this format makes.
    pub fn corrupt(message: impl Into<String>) -> Self {
        Self::new(Kind::Corrupt, message)
    }

    /// The writer was closed before the call.
    pub fn closed(message: impl Into<String>) -> Self {
        Self::new(Kind::Closed, message)
    }

    /// The caller ended the work before it was done.
    pub fn stopped(message: impl Into<String>) -> Self {
        Self::new(Kind::Stopped, message)
    }

    /// Nothing failed, but the user would want to know.
    pub fn remark(message: impl Into<String>) -> Self {
        Self::new(Kind::Remark, message)
    }

    fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    /// True if a value of the call is wrong.
    #[must_use]
    pub fn is_argument(&self) -> bool {
        matches!(self.kind, Kind::Argument)
    }

    /// True if the rank, size or axis order of an array is wrong.
    #[must_use]
    pub fn is_shape(&self) -> bool {
        matches!(self.kind, Kind::Shape)
    }

    /// True if the operating system refused.
    #[must_use]
    pub fn is_store(&self) -> bool {
        matches!(self.kind, Kind::Store(_))
    }

    /// True if the bytes read are damaged.
    #[must_use]
    pub fn is_corrupt(&self) -> bool {
        matches!(self.kind, Kind::Corrupt)
    }

    /// True if the writer was closed before the call.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self.kind, Kind::Closed)
    }

    /// True if the caller ended the work before it was done.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        matches!(self.kind, Kind::Stopped)
    }

    /// True if nothing failed.
    #[must_use]
    pub fn is_remark(&self) -> bool {
        matches!(self.kind, Kind::Remark)
    }

    /// The operating system's own error, if that is the cause.
    #[must_use]
    pub fn io_error(&self) -> Option<&io::Error> {
        match &self.kind {
            Kind::Store(source) => Some(source),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.io_error().map(|source| source as _)
    }
}
