//! `Layout`: the charts of the custom scalar dashboard.

use prost::{Message, Oneof};

/// All charts of a run.
#[derive(Clone, PartialEq, Message)]
pub struct Layout {
    /// 0; readers skip what is newer.
    #[prost(int32, tag = "1")]
    pub version: i32,
    /// Groups of charts.
    #[prost(message, repeated, tag = "2")]
    pub category: Vec<Category>,
}

/// A group of charts.
#[derive(Clone, PartialEq, Message)]
pub struct Category {
    /// Its title.
    #[prost(string, tag = "1")]
    pub title: String,
    /// Its charts.
    #[prost(message, repeated, tag = "2")]
    pub chart: Vec<Chart>,
    /// True if it is folded at first.
    #[prost(bool, tag = "3")]
    pub closed: bool,
}

/// One chart.
#[derive(Clone, PartialEq, Message)]
pub struct Chart {
    /// Its title.
    #[prost(string, tag = "1")]
    pub title: String,
    /// Its series.
    #[prost(oneof = "Content", tags = "2, 3")]
    pub content: Option<Content>,
}

/// The series of a [`Chart`].
#[derive(Clone, PartialEq, Oneof)]
pub enum Content {
    /// A line per tag.
    #[prost(message, tag = "2")]
    Multiline(Multiline),
    /// Lines with bands around them.
    #[prost(message, tag = "3")]
    Margin(Margin),
}

/// A line per tag.
#[derive(Clone, PartialEq, Message)]
pub struct Multiline {
    /// Regular expressions, matched at the start of tags.
    #[prost(string, repeated, tag = "1")]
    pub tag: Vec<String>,
}

/// Lines with bands around them.
#[derive(Clone, PartialEq, Message)]
pub struct Margin {
    /// One per line.
    #[prost(message, repeated, tag = "1")]
    pub series: Vec<Series>,
}

/// A line and its band; the three tags must have the same steps.
#[derive(Clone, PartialEq, Message)]
pub struct Series {
    /// Tag of the line.
    #[prost(string, tag = "1")]
    pub value: String,
    /// Tag of the band's lower edge.
    #[prost(string, tag = "2")]
    pub lower: String,
    /// Tag of the band's upper edge.
    #[prost(string, tag = "3")]
    pub upper: String,
}
