//! Kinds of failed requests, by what is to be done about them.

use std::error::Error as _;
use std::io;

use tensorbolt::Error;

use crate::address::Address;

/// Kind of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An object of that name exists.
    Exists,
    /// There is no such object.
    Missing,
    /// The store has no puts that only create.
    Unconditional,
    /// The credentials were good once.
    Expired,
    /// The program has handed over none, or none that are still good.
    NoCredentials,
    /// The store refuses these credentials, or a request without any.
    Denied,
    /// There is no such bucket.
    NoBucket,
    /// A file of the spool could not be read or written.
    Local,
    /// Worth another try.
    Transient,
}

/// Result of a request.
pub(crate) type Tried<T> = std::result::Result<T, Failure>;

/// A request that failed.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub kind: Kind,
    pub text: String,
}

impl Failure {
    pub fn of(error: &object_store::Error) -> Self {
        use object_store::Error as E;

        let text = whole_text(error);
        let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
        let kind = if says(&["ExpiredToken", "TokenRefreshRequired", "RequestExpired"]) {
            Kind::Expired
        } else if says(&[
            "NoSuchBucket",
            "ContainerNotFound",
            "The specified bucket does not exist",
        ]) {
            Kind::NoBucket
        } else {
            match error {
                E::AlreadyExists { .. } | E::Precondition { .. } | E::NotModified { .. } => {
                    Kind::Exists
                }
                E::NotFound { .. } => Kind::Missing,
                E::PermissionDenied { .. } | E::Unauthenticated { .. } => Kind::Denied,
                E::NotImplemented { .. } | E::NotSupported { .. } => Kind::Unconditional,
                _ if says(&["status code: 501"]) => Kind::Unconditional,
                // Lists are answered so.
                _ if says(&["status code: 401", "status code: 403"]) => Kind::Denied,
                _ => Kind::Transient,
            }
        };
        Self { kind, text }
    }

    pub fn local(error: &Error) -> Self {
        Self {
            kind: Kind::Local,
            text: error.to_string(),
        }
    }

    /// The program has handed over no credentials that are good.
    pub fn without_credentials(expired: bool) -> Self {
        let what = if expired {
            "the credentials that credential_provider gave have expired"
        } else {
            "credential_provider has given no credentials yet"
        };
        Self {
            kind: Kind::NoCredentials,
            text: what.to_owned(),
        }
    }

    pub fn timeout(seconds: u64) -> Self {
        Self {
            kind: Kind::Transient,
            text: format!("no answer within {seconds} seconds"),
        }
    }

    /// True if the store may answer otherwise the next time.
    pub fn may_pass(&self) -> bool {
        // The store took it for a mistake of the request's: a method that it does not know, for example.
        let is_mistake = self.text.contains("status code: 4")
            && !self.text.contains("status code: 408")
            && !self.text.contains("status code: 429");
        self.kind == Kind::Transient && !is_mistake
    }

    /// The failure as an error of the project, with what is to be done about it.
    pub fn error(&self, address: &Address) -> Error {
        let (kind, remedy) = match self.kind {
            Kind::Denied => (
                io::ErrorKind::PermissionDenied,
                format!("; the credentials must allow {}; the store is asked again every minute", address.permission()),
            ),
            Kind::Expired => (
                io::ErrorKind::PermissionDenied,
                "; the credentials have expired and must be renewed; the store is asked again every minute".to_owned(),
            ),
            Kind::NoCredentials => (
                io::ErrorKind::PermissionDenied,
                "; the next call of the writer asks for some, and the data waits in the spool".to_owned(),
            ),
            Kind::NoBucket => (
                io::ErrorKind::NotFound,
                "; make the bucket, or correct its name; the store is asked again every minute".to_owned(),
            ),
            _ => (io::ErrorKind::Other, "; it is tried again, and the data waits in the spool".to_owned()),
        };
        let source = io::Error::new(kind, format!("{}{remedy}", self.text));
        Error::store(format!("uploading to {}", address.url()), source)
    }
}

/// The error and all that caused it, each said once.
fn whole_text(error: &object_store::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let more = cause.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        source = cause.source();
    }
    text
}
