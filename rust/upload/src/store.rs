//! Makes the client of a store from the address, options and environment variables.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::client::ClientConfigKey;
use object_store::gcp::{GcpCredential, GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::http::HttpBuilder;
use object_store::multipart::MultipartStore;
use object_store::{
    BackoffConfig, ClientOptions, ObjectStore, RetryConfig, StaticCredentialProvider,
};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use tensorbolt::{Error, Result};

use crate::address::{Address, Kind};

/// The client of a store.
#[derive(Clone)]
pub(crate) struct Store {
    pub objects: Arc<dyn ObjectStore>,
    /// The same client, if the store takes objects in parts.
    pub parts: Option<Arc<dyn MultipartStore>>,
}
type Pairs<'a> = &'a [(String, String)];

/// Most time for connecting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

impl Store {
    /// For objects in parts.
    pub fn parts(&self) -> object_store::Result<&Arc<dyn MultipartStore>> {
        self.parts
            .as_ref()
            .ok_or_else(|| object_store::Error::NotImplemented {
                operation: "parts".into(),
                implementer: "the store".into(),
            })
    }
}

/// What the client of a store is made of: its address without a prefix, options, environment variables.
pub(crate) type Key = (Address, Vec<(String, String)>, Vec<(String, String)>);

/// Makes the client of a store from what it was made of before, and from credentials of the program.
pub(crate) type Make = Box<dyn Fn(&[(String, String)]) -> Result<Store> + Send + Sync>;

/// Makes the client of a store again and again, each time with other credentials.
pub(crate) fn maker((address, options, environment): Key) -> Make {
    Box::new(move |credentials| {
        let all = [&options, credentials].concat();
        build(&address, &all, &environment)
    })
}

/// Makes the client of a store; sends nothing.
///
/// A key of `options` that the store does not know is an error. Of `environment` those that the store knows are taken.
pub(crate) fn build(address: &Address, options: Pairs, environment: Pairs) -> Result<Store> {
    // The first call of the process decides; the others change nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match address.kind {
        Kind::S3 => s3(address, options, environment),
        Kind::Gcs => gcs(address, options, environment),
        Kind::Azure => azure(address, options, environment),
        Kind::Http => http(address, options),
    }
}

/// Retries are made by the uploader, with all that has come in the meantime.
fn no_retries() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig::default(),
        max_retries: 0,
        retry_timeout: Duration::ZERO,
    }
}

/// The uploader itself bounds each request, by its size.
fn client() -> ClientOptions {
    ClientOptions::new()
        .with_timeout_disabled()
        .with_connect_timeout(CONNECT_TIMEOUT)
}

/// The known keys among the environment's variables, then the options.
fn configured<K: std::str::FromStr>(
    address: &Address,
    variables: &[&str],
    options: Pairs,
    environment: Pairs,
) -> Result<Vec<(K, String)>> {
    let mut all = Vec::new();
    for (name, value) in environment {
        if variables.iter().any(|prefix| name.starts_with(prefix))
            && let Ok(key) = name.to_ascii_lowercase().parse()
        {
            all.push((key, value.clone()));
        }
    }
    for (name, value) in options {
        let key = name
            .to_ascii_lowercase()
            .parse()
            .map_err(|_| unknown(address, name))?;
        all.push((key, value.clone()));
    }
    Ok(all)
}

fn unknown(address: &Address, name: &str) -> Error {
    let example = match address.kind {
        Kind::S3 => "\"aws_region\" or \"endpoint_url\"",
        Kind::Gcs => "\"google_service_account\" or \"proxy_url\"",
        Kind::Azure => "\"azure_storage_account_name\" or \"azure_storage_sas_key\"",
        Kind::Http => "\"allow_http\" or \"proxy_url\"",
    };
    Error::argument(format!(
        "storage_options has the key {name:?}, which {} does not know; pass keys such as {example}",
        address.root
    ))
}

fn refused(address: &Address, error: &object_store::Error) -> Error {
    Error::argument(format!(
        "storage_options for {} cannot be used: {error}",
        address.root
    ))
}

/// The value of the last pair of this name.
fn value<'a>(pairs: Pairs<'a>, name: &str) -> Option<&'a str> {
    let mut found = pairs
        .iter()
        .filter(|(key, value)| key.eq_ignore_ascii_case(name) && !value.is_empty());
    found.next_back().map(|(_, value)| value.as_str())
}

fn is_plain(endpoint: &str) -> bool {
    endpoint.to_ascii_lowercase().starts_with("http://")
}

fn s3(address: &Address, options: Pairs, environment: Pairs) -> Result<Store> {
    use AmazonS3ConfigKey as Key;

    let pairs = configured::<Key>(address, &["AWS_"], options, environment)?;
    let mut endpoint = value(environment, "S3_ENDPOINT").map(str::to_owned);
    let mut builder = AmazonS3Builder::new()
        .with_client_options(client())
        .with_retry(no_retries())
        .with_url(&address.root);
    for (key, value) in &pairs {
        if matches!(key, Key::Endpoint | Key::S3Endpoint) && !value.is_empty() {
            endpoint = Some(value.clone());
        }
    }
    if let Some(endpoint) = endpoint {
        // Who names an address without TLS means it.
        builder = builder
            .with_allow_http(is_plain(&endpoint))
            .with_endpoint(endpoint);
    }
    for (key, value) in pairs {
        if !value.is_empty() {
            builder = builder.with_config(key, value);
        }
    }
    built(address, builder.build())
}

fn gcs(address: &Address, options: Pairs, environment: Pairs) -> Result<Store> {
    let is_base = |name: &str| {
        name.eq_ignore_ascii_case("google_base_url") || name.eq_ignore_ascii_case("base_url")
    };
    let is_token = |name: &str| {
        name.eq_ignore_ascii_case("bearer_token") || name.eq_ignore_ascii_case("token")
    };
    let others: Vec<_> = options
        .iter()
        .filter(|(name, _)| !is_base(name) && !is_token(name))
        .cloned()
        .collect();
    let pairs = configured::<GoogleConfigKey>(
        address,
        &["GOOGLE_", "SERVICE_ACCOUNT"],
        &others,
        environment,
    )?;
    let mut builder = GoogleCloudStorageBuilder::new()
        .with_client_options(client())
        .with_retry(no_retries())
        .with_url(&address.root);
    if let Some((_, token)) = options.iter().rfind(|(name, _)| is_token(name)) {
        let bearer = token.clone();
        builder =
            builder.with_credentials(Arc::new(StaticCredentialProvider::new(GcpCredential {
                bearer,
            })));
    }
    let emulator = value(environment, "STORAGE_EMULATOR_HOST");
    let base = options
        .iter()
        .rfind(|(name, _)| is_base(name))
        .map(|(_, value)| value.as_str())
        .or_else(|| value(environment, "GOOGLE_BASE_URL"))
        .or(emulator);
    if let Some(base) = base {
        let whole = if base.contains("://") {
            base.to_owned()
        } else {
            format!("http://{base}")
        };
        let plain = is_plain(&whole).to_string();
        builder = builder
            .with_base_url(whole.trim_end_matches('/'))
            .with_config(GoogleConfigKey::Client(ClientConfigKey::AllowHttp), plain)
            // An emulator knows no keys.
            .with_skip_signature(emulator == Some(base));
    }
    for (key, value) in pairs {
        if !value.is_empty() {
            builder = builder.with_config(key, value);
        }
    }
    built(address, builder.build())
}

fn azure(address: &Address, options: Pairs, environment: Pairs) -> Result<Store> {
    let pairs = configured::<AzureConfigKey>(address, &["AZURE_"], options, environment)?;
    let mut builder = MicrosoftAzureBuilder::new()
        .with_client_options(client())
        .with_retry(no_retries())
        .with_url(&address.root);
    for (key, value) in pairs {
        if !value.is_empty() {
            if matches!(key, AzureConfigKey::Endpoint) {
                builder = builder.with_allow_http(is_plain(&value));
            }
            builder = builder.with_config(key, value);
        }
    }
    built(address, builder.build())
}

fn http(address: &Address, options: Pairs) -> Result<Store> {
    let mut client = client().with_allow_http(is_plain(&address.root));
    if let Some((user, password)) = &address.login {
        let encoded = STANDARD.encode(format!("{user}:{password}"));
        let mut header = HeaderValue::try_from(format!("Basic {encoded}")).map_err(|error| {
            Error::argument(format!(
                "the user of {} cannot be sent: {error}",
                address.root
            ))
        })?;
        header.set_sensitive(true);
        client = client.with_default_headers(HeaderMap::from_iter([(AUTHORIZATION, header)]));
    }
    let mut builder = HttpBuilder::new()
        .with_client_options(client)
        .with_retry(no_retries())
        .with_url(&address.root);
    for (key, value) in configured::<ClientConfigKey>(address, &[], options, &[])? {
        builder = builder.with_config(key, value);
    }
    Ok(Store {
        objects: Arc::new(builder.build().map_err(|error| refused(address, &error))?),
        parts: None,
    })
}

fn built<S: ObjectStore + MultipartStore>(
    address: &Address,
    built: object_store::Result<S>,
) -> Result<Store> {
    let store = Arc::new(built.map_err(|error| refused(address, &error))?);
    Ok(Store {
        objects: store.clone(),
        parts: Some(store),
    })
}
