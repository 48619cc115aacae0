//! Addresses of logs: which store, and where in it.

use object_store::path::Path;
use tensorbolt::{Error, Result};
use url::Url;

/// Kind of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    S3,
    Gcs,
    Azure,
    Http,
}

/// A place in a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub kind: Kind,
    /// Scheme and authority, such as `s3://bucket`, without credentials.
    pub root: String,
    /// Keys of the log begin with it; without slashes at its ends.
    pub prefix: String,
    /// User and password of an HTTP address.
    pub login: Option<(String, String)>,
}

impl Address {
    /// Takes an address apart. Keys of buckets are taken as they stand: `%20` in them is no blank.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong =
            |why: &str| Error::argument(format!("the address {:?} {why}", without_login(text)));
        let (scheme, rest) = text
            .split_once("://")
            .ok_or_else(|| wrong("has no scheme; pass one such as \"s3://bucket/prefix\""))?;
        let kind = match scheme.to_ascii_lowercase().as_str() {
            "s3" | "s3a" => Kind::S3,
            "gs" | "gcs" => Kind::Gcs,
            "az" | "azure" | "abfs" | "abfss" | "adl" => Kind::Azure,
            "http" | "https" => Kind::Http,
            _ => {
                return Err(wrong(
                    "has a scheme that no store is known for; pass s3, gs, az, abfs, abfss, adl, http or https",
                ));
            }
        };
        if kind == Kind::Http {
            return Self::parse_http(text, wrong);
        }
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        if authority.is_empty() {
            return Err(wrong(
                "names no bucket; pass one such as \"s3://bucket/prefix\"",
            ));
        }
        let scheme = match kind {
            Kind::Gcs => "gs".to_owned(),
            _ => scheme.to_ascii_lowercase(),
        };
        Ok(Self {
            kind,
            root: format!("{scheme}://{authority}"),
            prefix: Self::prefix(path, wrong)?,
            login: None,
        })
    }

    fn parse_http(text: &str, wrong: impl Fn(&str) -> Error) -> Result<Self> {
        let mut url = Url::parse(text).map_err(|error| wrong(&format!("is no URL: {error}")))?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong(
                "has a query or a fragment; pass credentials as storage options",
            ));
        }
        let login = (!url.username().is_empty() || url.password().is_some()).then(|| {
            let plain = |text: &str| percent_decoded(text);
            (
                plain(url.username()),
                plain(url.password().unwrap_or_default()),
            )
        });
        // Both succeed for every address with a host.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        let path = Path::from_url_path(url.path())
            .map_err(|error| wrong(&format!("has a path that no key can have: {error}")))?;
        url.set_path("");
        Ok(Self {
            kind: Kind::Http,
            root: url.as_str().trim_end_matches('/').to_owned(),
            prefix: path.as_ref().to_owned(),
            login,
        })
    }

    fn prefix(path: &str, wrong: impl Fn(&str) -> Error) -> Result<String> {
        let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty()).collect();
        Path::parse(parts.join("/"))
            .map(|path| path.as_ref().to_owned())
            .map_err(|error| wrong(&format!("has a path that no key can have: {error}")))
    }

    /// Key of the object with this name below the prefix.
    pub fn key(&self, name: &str) -> Result<Path> {
        let whole = if self.prefix.is_empty() {
            name.to_owned()
        } else {
            format!("{}/{name}", self.prefix)
        };
        Path::parse(&whole).map_err(|error| {
            Error::argument(format!("a file named {name:?} cannot be uploaded: {error}"))
        })
    }

    /// The address of an object, for people.
    pub fn display(&self, name: &str) -> String {
        let slash = if self.prefix.is_empty() { "" } else { "/" };
        format!("{}/{}{slash}{name}", self.root, self.prefix)
    }

    /// The address without credentials.
    pub fn url(&self) -> String {
        self.display("").trim_end_matches('/').to_owned()
    }

    /// The permissions that reading needs, as the store names them.
    pub fn reading_permission(&self) -> &'static str {
        match self.kind {
            Kind::S3 => "s3:ListBucket and s3:GetObject",
            Kind::Gcs => "storage.objects.list and storage.objects.get",
            Kind::Azure => "the role \"Storage Blob Data Reader\"",
            Kind::Http => "HEAD, GET and PROPFIND",
        }
    }

    /// The permissions that changing a log needs, as the store names them.
    pub fn changing_permission(&self) -> &'static str {
        match self.kind {
            Kind::S3 => "s3:PutObject and s3:DeleteObject",
            Kind::Gcs => "storage.objects.create and storage.objects.delete",
            Kind::Azure => "the role \"Storage Blob Data Contributor\"",
            Kind::Http => "PUT and DELETE",
        }
    }

    /// The permission that an upload needs, as the store names it.
    pub fn permission(&self) -> &'static str {
        match self.kind {
            Kind::S3 => "s3:PutObject and s3:GetObject",
            Kind::Gcs => "storage.objects.create, storage.objects.delete and storage.objects.get",
            Kind::Azure => "the role \"Storage Blob Data Contributor\"",
            Kind::Http => "PUT and GET",
        }
    }
}

/// Percent escapes as bytes; what is no UTF-8 becomes U+FFFD.
fn percent_decoded(text: &str) -> String {
    // A form's value differs from a URL's part in the plus sign alone.
    let escaped = format!("x={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(escaped.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// The text without what stands between `://` and `@` of an HTTP address.
fn without_login(text: &str) -> String {
    let Ok(mut url) = Url::parse(text) else {
        return text.to_owned();
    };
    if url.password().is_none() || url.set_password(None).is_err() {
        return text.to_owned();
    }
    url.into()
}
