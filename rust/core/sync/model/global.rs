//! Statics that are reset before every run of a model.

use once_cell::race::OnceBox;
use shuttle::lazy_static::Lazy;

/// A value made on first use.
#[derive(Debug)]
pub struct Global<T: Send + Sync + 'static>(Lazy<OnceBox<T>>);

impl<T: Send + Sync + 'static> Global<T> {
    /// Without a value.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "as in once_cell")]
    pub const fn new() -> Self {
        Self(Lazy::new(OnceBox::new))
    }

    /// The value; the first who asks makes it.
    pub fn get_or_init(&'static self, make: impl FnOnce() -> Box<T>) -> &'static T {
        self.0.get().get_or_init(make)
    }
}
