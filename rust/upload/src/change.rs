//! Changes of a log in a store that `compact` and `repair` make: new objects, an object in place of itself, and objects that go.

use std::io;
use std::path::Path as LocalPath;

use object_store::ObjectStoreExt as _;
use object_store::path::Path;

use crate::address::Kind as Scheme;
use crate::failure::Kind;
use crate::object::Object;
use crate::put_file::{Condition, head, put_file, version};
use crate::remote_log::RemoteLog;
use crate::requests::{Caller, GoOn, Requests, refused_for};

impl RemoteLog {
    /// Puts a local file under a name below the address. It is there as a whole, or not at all.
    ///
    /// # Errors
    ///
    /// `AlreadyExists` if there is an object of that name with other bytes; whatever keeps the file from being read or put.
    pub fn put_new(&self, name: &str, file: &LocalPath, go_on: GoOn<'_>) -> io::Result<()> {
        let key = self.requests.address.key(name).map_err(io::Error::other)?;
        put(&self.requests, &key, file, &Condition::Absent, go_on)
    }

    /// Removes the object of a name below the address. One that is gone is no error.
    ///
    /// # Errors
    ///
    /// Whatever keeps the store from removing it.
    pub fn remove(&self, name: &str, go_on: GoOn<'_>) -> io::Result<()> {
        let key = self.requests.address.key(name).map_err(io::Error::other)?;
        remove(&self.requests, &key, go_on)
    }
}

impl Object {
    /// Puts a local file next to this object, under another name. It is there as a whole, or not at all.
    ///
    /// # Errors
    ///
    /// Whatever keeps the file from being read or put.
    pub fn put_beside(&self, name: &str, file: &LocalPath, go_on: GoOn<'_>) -> io::Result<()> {
        put(
            &self.requests,
            &self.beside(name)?,
            file,
            &Condition::None,
            go_on,
        )
    }

    /// As `put_beside`, if there is no object of that name with other bytes.
    ///
    /// # Errors
    ///
    /// `AlreadyExists` if there is one; whatever keeps the file from being read or put.
    pub fn put_new_beside(&self, name: &str, file: &LocalPath, go_on: GoOn<'_>) -> io::Result<()> {
        put(
            &self.requests,
            &self.beside(name)?,
            file,
            &Condition::Absent,
            go_on,
        )
    }

    /// Takes note of what the object is now, for `is_as_noted` and `replace`.
    ///
    /// # Errors
    ///
    /// `Unsupported` if the store replaces no object on a condition; whatever keeps the store from being asked.
    pub fn note(&self, go_on: GoOn<'_>) -> io::Result<()> {
        let address = &self.requests.address;
        let found = self.requests.run(go_on, async |caller: Caller<'_>| {
            head(caller, &self.key).await
        });
        let found = found
            .map_err(|failure| refused_for(&failure, address, address.reading_permission()))?;
        if address.kind == Scheme::Http || (found.e_tag.is_none() && found.version.is_none()) {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                format!(
                    "{} cannot tell whether an object is still the same when it is replaced",
                    address.root
                ),
            ));
        }
        self.forget(found.size);
        self.set_noted(version(found));
        Ok(())
    }

    /// True if the object is what `note` has seen.
    ///
    /// # Errors
    ///
    /// Whatever keeps the store from being asked.
    pub fn is_as_noted(&self, go_on: GoOn<'_>) -> io::Result<bool> {
        let address = &self.requests.address;
        let found = self.requests.run(go_on, async |caller: Caller<'_>| {
            head(caller, &self.key).await
        });
        match found {
            Ok(found) => Ok(self.noted() == Some(version(found))),
            Err(failure) if failure.kind == Kind::Missing => Ok(false),
            Err(failure) => Err(refused_for(&failure, address, address.reading_permission())),
        }
    }

    /// Puts a local file in place of the object that `note` has seen; false if it is another by now, which then stays.
    ///
    /// # Errors
    ///
    /// Whatever keeps the file from being read or put.
    pub fn replace(&self, file: &LocalPath, go_on: GoOn<'_>) -> io::Result<bool> {
        let Some(noted) = self.noted() else {
            return Err(io::Error::other("the object was not noted"));
        };
        let address = &self.requests.address;
        let condition = Condition::Unchanged(noted);
        let put = self.requests.run(go_on, async |caller: Caller<'_>| {
            put_file(caller, &self.key, file, &condition).await
        });
        match put {
            Ok(()) => Ok(true),
            Err(failure) if matches!(failure.kind, Kind::Exists | Kind::Missing) => Ok(false),
            Err(failure) => Err(refused_for(&failure, address, address.permission())),
        }
    }

    /// Removes the object. One that is gone is no error.
    ///
    /// # Errors
    ///
    /// Whatever keeps the store from removing it.
    pub fn remove(&self, go_on: GoOn<'_>) -> io::Result<()> {
        remove(&self.requests, &self.key, go_on)
    }

    /// Key of an object with this name in the same directory.
    fn beside(&self, name: &str) -> io::Result<Path> {
        let (directory, _) = self.key.as_ref().rsplit_once('/').unwrap_or_default();
        Path::parse(format!("{directory}/{name}")).map_err(io::Error::other)
    }
}

fn put(
    requests: &Requests,
    key: &Path,
    file: &LocalPath,
    condition: &Condition,
    go_on: GoOn<'_>,
) -> io::Result<()> {
    let address = &requests.address;
    let permission = match condition {
        // `compact` removes objects as well.
        Condition::None => address.changing_permission(),
        _ => address.permission(),
    };
    requests
        .run(go_on, async |caller: Caller<'_>| {
            put_file(caller, key, file, condition).await
        })
        .map_err(|failure| refused_for(&failure, address, permission))
}

fn remove(requests: &Requests, key: &Path, go_on: GoOn<'_>) -> io::Result<()> {
    let removed = requests.make(
        0,
        go_on,
        |store| async move { store.objects.delete(key).await },
    );
    match removed {
        Err(failure) if failure.kind != Kind::Missing => {
            let address = &requests.address;
            Err(refused_for(
                &failure,
                address,
                address.changing_permission(),
            ))
        }
        _ => Ok(()),
    }
}
