//! A file as the index remembers it.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tensorbolt::proto::summary::{DataClass, PluginData, SummaryMetadata};
use tensorbolt::reader::{DrainedFile, FORMS, Input, Metadata, Position, Unchecked};

use super::{File, Series};
use crate::curve::End;
use crate::index::Stored;
use crate::index::messages::{
    DatumRecord, EndRecord, FileRecord, IdentityRecord, OthersRecord, PositionRecord,
    ScalarsRecord, StampRecord, TagRecord,
};
use crate::kept::Kept;
use crate::listing::Stamp;
use crate::metadata::Described;
use crate::places::{Datum, Places};

impl File {
    /// What was read of it, and the bytes of its curves.
    pub fn record(&self, stamp: &Stamp) -> io::Result<(FileRecord, Vec<Vec<u8>>)> {
        let input = self.input();
        let (mut scalars, mut curves) = (Vec::new(), Vec::new());
        for (tag, series) in &self.scalars {
            curves.push(series.points.encoded()?);
            scalars.push(ScalarsRecord {
                tag: tag.to_string(),
                described: metadata(series),
                floor: series.floor,
                count: series.points.len() as u64,
                end: series.points.end().map(EndRecord::from),
                offset: 0,
                length: 0,
            });
        }
        let others = self.others.iter().map(|(tag, series)| {
            let (data, stride, since, is_last_spare) = series.points.parts();
            OthersRecord {
                tag: tag.to_string(),
                described: metadata(series),
                floor: series.floor,
                data: data.iter().map(DatumRecord::from).collect(),
                stride,
                since,
                is_last_spare,
            }
        });
        let unchecked = self.unchecked.iter();
        let file = FileRecord {
            run: input.run.clone(),
            name: input.name.clone(),
            stamp: stamp.into(),
            position: (&self.reader.position()).into(),
            scalars,
            others: others.collect(),
            floor: self.floor,
            start: self.start,
            events: self.events,
            damaged: self.damaged as u64,
            unchecked: unchecked
                .flat_map(|one| [one.offset, one.length.into()])
                .collect(),
            is_strict: self.is_strict,
        };
        Ok((file, curves))
    }

    /// Takes note of where the index has the points of a series.
    pub fn set_stored(&self, series: &ScalarsRecord, at: Stored) {
        if let Some(known) = self.scalars.get(series.tag.as_str())
            && known.points.len() as u64 == series.count
        {
            known.points.set_stored(at);
        }
    }

    /// A file of which this was read; nothing if it makes no sense. `place` says where the points of a series are.
    pub fn restored(
        input: Input,
        record: &FileRecord,
        place: impl Fn(&ScalarsRecord) -> Stored,
    ) -> Option<Self> {
        let position = position(&record.position, &input);
        let mut file = Self {
            floor: record.floor,
            start: record.start,
            events: record.events,
            damaged: usize::try_from(record.damaged).ok()?,
            is_strict: record.is_strict,
            is_restored: true,
            is_stored: true,
            reader: DrainedFile::resumed(input.clone(), position),
            ..Self::new(input, None)
        };
        file.unchecked = record
            .unchecked
            .chunks_exact(2)
            .map(unchecked)
            .collect::<Option<_>>()?;
        let mut known: HashMap<Vec<u8>, Arc<Described>> = HashMap::new();
        for series in &record.scalars {
            let end = series.end.map(End::from);
            let count = usize::try_from(series.count).ok()?;
            if end.is_some() != (count > 0) {
                return None;
            }
            let points = Kept::stored(count, end, place(series));
            let described = described(series.described.as_ref(), &mut known)?;
            let series_of = Series {
                described,
                floor: series.floor,
                points: Arc::new(points),
            };
            file.scalars.insert(series.tag.as_str().into(), series_of);
        }
        for series in &record.others {
            let data = series
                .data
                .iter()
                .map(Datum::of)
                .collect::<Option<Vec<_>>>()?;
            let points = Places::of(data, series.stride, series.since, series.is_last_spare);
            let described = described(series.described.as_ref(), &mut known)?;
            let series_of = Series {
                described,
                floor: series.floor,
                points: Arc::new(points),
            };
            file.others.insert(series.tag.as_str().into(), series_of);
        }
        Some(file)
    }
}

fn metadata<P>(series: &Series<P>) -> Option<SummaryMetadata> {
    let described = series.described.as_ref();
    described.map(|described| described.metadata.clone())
}

/// One description for all series that have the same.
#[expect(clippy::option_option, reason = "none at all is not none of a series")]
fn described(
    metadata: Option<&SummaryMetadata>,
    known: &mut HashMap<Vec<u8>, Arc<Described>>,
) -> Option<Option<Arc<Described>>> {
    let Some(metadata) = metadata else {
        return Some(None);
    };
    let class = DataClass::try_from(metadata.data_class).ok()?;
    let bytes = prost::Message::encode_to_vec(metadata);
    let found = known.entry(bytes).or_insert_with(|| {
        let metadata = metadata.clone();
        Arc::new(Described { class, metadata })
    });
    Some(Some(found.clone()))
}

fn unchecked(pair: &[u64]) -> Option<Unchecked> {
    let [offset, length] = *pair else { return None };
    let length = u32::try_from(length).ok()?;
    Some(Unchecked { offset, length })
}

impl From<&Position> for PositionRecord {
    fn from(position: &Position) -> Self {
        let tags = position.tags.iter().map(|(tag, metadata)| TagRecord {
            tag: tag.clone(),
            metadata: SummaryMetadata {
                plugin_data: Some(PluginData {
                    plugin_name: metadata.plugin.clone(),
                    content: metadata.content.clone(),
                }),
                display_name: metadata.display_name.clone(),
                summary_description: metadata.description.clone(),
                data_class: metadata.data_class,
            },
        });
        let identity = position.identity;
        Self {
            identity: identity.map(|(device, number)| IdentityRecord { device, number }),
            offset: position.offset,
            tail: position.tail.clone(),
            is_given_up: position.is_given_up,
            tags: tags.collect(),
        }
    }
}

fn position(record: &PositionRecord, input: &Input) -> Position {
    let tags = record.tags.iter().map(|one| {
        let plugin = one.metadata.plugin_data.clone().unwrap_or_default();
        let metadata = Metadata {
            plugin: plugin.plugin_name,
            content: plugin.content,
            display_name: one.metadata.display_name.clone(),
            description: one.metadata.summary_description.clone(),
            data_class: one.metadata.data_class,
        };
        (one.tag.clone(), metadata)
    });
    Position {
        run: input.run.clone(),
        name: input.name.clone(),
        identity: record.identity.map(|one| (one.device, one.number)),
        offset: record.offset,
        tail: record.tail.clone(),
        is_given_up: record.is_given_up,
        tags: tags.collect(),
    }
}

impl From<&Stamp> for StampRecord {
    fn from(stamp: &Stamp) -> Self {
        let since = |time: SystemTime| time.duration_since(SystemTime::UNIX_EPOCH).ok();
        let nanoseconds = |age: Duration| u64::try_from(age.as_nanos()).ok();
        Self {
            size: stamp.size,
            modified: stamp.modified.and_then(since).and_then(nanoseconds),
            device: stamp.identity.0,
            number: stamp.identity.1,
        }
    }
}

impl From<End> for EndRecord {
    fn from(end: End) -> Self {
        let End {
            step,
            time,
            value,
            max_time,
        } = end;
        Self {
            step,
            time,
            value,
            max_time,
        }
    }
}

impl From<EndRecord> for End {
    fn from(end: EndRecord) -> Self {
        let EndRecord {
            step,
            time,
            value,
            max_time,
        } = end;
        Self {
            step,
            time,
            value,
            max_time,
        }
    }
}

impl From<&Datum> for DatumRecord {
    fn from(datum: &Datum) -> Self {
        let form = datum
            .form
            .and_then(|form| FORMS.iter().position(|one| *one == form));
        Self {
            step: datum.step,
            time: datum.time,
            offset: datum.offset,
            length: datum.length,
            blobs: datum.blobs,
            form: form.map_or(0, |at| at as u32 + 1),
        }
    }
}

impl Datum {
    fn of(record: &DatumRecord) -> Option<Self> {
        let form = match record.form.checked_sub(1) {
            None => None,
            Some(at) => Some(*FORMS.get(at as usize)?),
        };
        Some(Self {
            step: record.step,
            time: record.time,
            offset: record.offset,
            length: record.length,
            blobs: record.blobs,
            file: 0,
            form,
        })
    }
}
