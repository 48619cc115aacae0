//! Numeric buffers: the one place that knows all element types.
//!
//! [`Samples`] is a flat run of elements, borrowed from the caller or owned; its shape is passed along with it where it
//! matters. [`with_elements!`](crate::with_elements) opens it into a typed slice, once per call and not per element.

use std::borrow::Cow;

use half::{bf16, f16};

/// A number that a histogram or an image can be made of.
pub trait Element: Copy + PartialOrd + Send + Sync + 'static {
    /// The nearest double, as `numpy.ndarray.astype(float64)` makes it.
    fn to_f64(self) -> f64;
}

macro_rules! element {
    ($($type:ty => |$value:ident| $convert:expr),* $(,)?) => {$(
        impl Element for $type {
            #[inline(always)]
            fn to_f64(self) -> f64 {
                let $value = self;
                $convert
            }
        }
    )*};
}

element! {
    bool => |v| f64::from(u8::from(v)),
    u8 => |v| f64::from(v),
    u16 => |v| f64::from(v),
    u32 => |v| f64::from(v),
    u64 => |v| v as f64,
    i8 => |v| f64::from(v),
    i16 => |v| f64::from(v),
    i32 => |v| f64::from(v),
    i64 => |v| v as f64,
    f16 => |v| v.to_f64(),
    bf16 => |v| v.to_f64(),
    f32 => |v| f64::from(v),
    f64 => |v| v,
}

macro_rules! samples {
    ($($variant:ident($type:ty) = $name:literal),* $(,)?) => {
        /// A flat run of elements of one type.
        #[derive(Clone, Debug)]
        pub enum Samples<'a> {
            $(
                #[doc = concat!("Elements of type `", $name, "`.")]
                $variant(Cow<'a, [$type]>),
            )*
        }

        impl Samples<'_> {
            /// Number of elements.
            #[must_use]
            pub fn len(&self) -> usize {
                match self { $(Self::$variant(values) => values.len(),)* }
            }

            /// The element type's name, in numpy's spelling.
            #[must_use]
            pub fn dtype(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name,)* }
            }

            /// Bytes the elements take in memory.
            #[must_use]
            pub fn byte_len(&self) -> usize {
                match self { $(Self::$variant(values) => std::mem::size_of_val(values.as_ref()),)* }
            }

            /// The same elements in memory of our own.
            #[must_use]
            pub fn into_owned(self) -> Samples<'static> {
                match self { $(Self::$variant(values) => Samples::$variant(Cow::Owned(values.into_owned())),)* }
            }
        }

        $(
            impl<'a> From<&'a [$type]> for Samples<'a> {
                fn from(values: &'a [$type]) -> Self {
                    Self::$variant(Cow::Borrowed(values))
                }
            }

            impl From<Vec<$type>> for Samples<'static> {
                fn from(values: Vec<$type>) -> Self {
                    Self::$variant(Cow::Owned(values))
                }
            }
        )*

        /// Runs an expression with the typed slice inside a [`Samples`](crate::samples::Samples).
        #[macro_export]
        macro_rules! with_elements {
            ($samples:expr, |$slice:ident| $body:expr) => {
                match $samples {
                    $($crate::samples::Samples::$variant(values) => {
                        let $slice = values.as_ref();
                        $body
                    })*
                }
            };
        }
    };
}

samples! {
    Bool(bool) = "bool",
    U8(u8) = "uint8",
    U16(u16) = "uint16",
    U32(u32) = "uint32",
    U64(u64) = "uint64",
    I8(i8) = "int8",
    I16(i16) = "int16",
    I32(i32) = "int32",
    I64(i64) = "int64",
    F16(f16) = "float16",
    BF16(bf16) = "bfloat16",
    F32(f32) = "float32",
    F64(f64) = "float64",
}

// A macro made by a macro has no path of its own inside the crate; this line gives it one.
pub(crate) use with_elements;

impl Samples<'_> {
    /// True if there is no element.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
