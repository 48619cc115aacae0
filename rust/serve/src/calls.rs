//! The calls, without the network: from a catalog and a request to a reply.

use std::cell::Cell;

use tensorbolt::proto::summary::DataClass;
use tonic::Status;

use crate::blob::Key;
use crate::catalog::{Catalog, chosen};
use crate::hparams;
use crate::kept::Kept;
use crate::places::{Datum, NOT_COUNTED, Places};
use crate::proto::{
    BlobReference, BlobReferenceSequence, BlobSequenceData, BlobSequenceMetadata,
    ListPluginsResponse, ListRequest, ListRunsResponse, Names, Plugin, PluginFilter, ReadRequest,
    RunEntry, RunStart, RunTagFilter, Runs, ScalarData, SeriesMetadata, TagEntry,
};
use crate::run::{Run, Shown};
use crate::thinning::evenly;

type Reply<T> = Result<Runs<T>, Status>;

/// The plugins that have data.
pub fn plugins(catalog: &Catalog) -> ListPluginsResponse {
    let plugins = catalog.plugins().into_iter();
    ListPluginsResponse {
        plugins: plugins.map(|name| Plugin { name: name.into() }).collect(),
    }
}

/// The runs, in the order of their starts.
pub fn runs(catalog: &Catalog) -> ListRunsResponse {
    let run = |run: &Run| RunStart {
        name: run.name.clone(),
        start_time: run.start,
    };
    ListRunsResponse {
        runs: catalog.runs.iter().map(|one| run(one)).collect(),
    }
}

/// The scalar series of a plugin.
pub fn list_scalars(catalog: &Catalog, request: &ListRequest) -> Reply<SeriesMetadata> {
    let asked = Asked::to_list(request)?;
    Ok(asked.each(
        catalog,
        |run| &run.scalars,
        DataClass::Scalar,
        |_, one| Some(metadata(one)),
    ))
}

/// The series of tensors of a plugin.
pub fn list_tensors(catalog: &Catalog, request: &ListRequest) -> Reply<SeriesMetadata> {
    let asked = Asked::to_list(request)?;
    let is_table = asked.plugin == hparams::HPARAMS;
    let columns = is_table.then(|| hparams::union(catalog)).flatten();
    let describe = |_: &Run, one: &Shown<Places>| {
        let mut made = metadata(one);
        if let Some(columns) = columns
            .as_ref()
            .filter(|_| &*one.tag == hparams::EXPERIMENT_TAG)
            && let Some(about) = &mut made.summary_metadata
            && let Some(data) = &mut about.plugin_data
        {
            data.content.clone_from(columns);
        }
        Some(made)
    };
    Ok(asked.each(catalog, |run| &run.others, DataClass::Tensor, describe))
}

/// The series of blobs of a plugin.
pub fn list_blobs(catalog: &Catalog, request: &ListRequest) -> Reply<BlobSequenceMetadata> {
    let asked = Asked::to_list(request)?;
    let describe = |_: &Run, one: &Shown<Places>| {
        Some(BlobSequenceMetadata {
            max_step: one.max_step,
            max_wall_time: one.max_time,
            max_length: one.points.most_blobs().into(),
            summary_metadata: Some(one.described.metadata.clone()),
        })
    };
    Ok(asked.each(
        catalog,
        |run| &run.others,
        DataClass::BlobSequence,
        describe,
    ))
}

/// Points of scalar series.
pub fn read_scalars(catalog: &Catalog, request: &ReadRequest) -> Reply<ScalarData> {
    let asked = Asked::to_read(request)?;
    let most = most(request)?;
    let failure = Cell::new(None);
    let read = |_: &Run, one: &Shown<Kept>| {
        let points = one.points.sample(most);
        let points = points.map_err(|error| failure.set(Some(error))).ok()?;
        Some(ScalarData {
            step: points.steps,
            wall_time: points.times,
            value: points.values,
        })
    };
    let runs = asked.each(catalog, |run| &run.scalars, DataClass::Scalar, read);
    match failure.into_inner() {
        // The next look reads the file again.
        Some(error) => Err(Status::unavailable(format!(
            "cannot read the index: {error}"
        ))),
        None => Ok(runs),
    }
}

/// Keys of blobs.
pub fn read_blobs(catalog: &Catalog, request: &ReadRequest) -> Reply<BlobSequenceData> {
    let asked = Asked::to_read(request)?;
    let most = most(request)?;
    let read = |run: &Run, one: &Shown<Places>| {
        let points = sample(&one.points, most);
        Some(BlobSequenceData {
            step: points.iter().map(|point| point.step).collect(),
            wall_time: points.iter().map(|point| point.time).collect(),
            values: points
                .iter()
                .map(|point| references(run, one, point))
                .collect(),
        })
    };
    Ok(asked.each(catalog, |run| &run.others, DataClass::BlobSequence, read))
}

fn references(run: &Run, series: &Shown<Places>, point: &Datum) -> BlobReferenceSequence {
    let file = run.files.get(point.file as usize);
    let file = file.map_or("", |file| &file.name);
    let count = if point.blobs == NOT_COUNTED {
        0
    } else {
        point.blobs
    };
    let reference = |index| BlobReference {
        blob_key: Key::new(&run.name, file, series.described.plugin(), point, index).encode(),
        url: String::new(),
    };
    BlobReferenceSequence {
        blob_refs: (0..count).map(reference).collect(),
    }
}

/// Points at equal distances, the last among them.
pub fn sample(places: &Places, most: usize) -> Vec<Datum> {
    let all = places.all();
    let these = evenly(all.len(), most).into_iter();
    these.filter_map(|at| all.get(at).copied()).collect()
}

/// The most points that a request asks for.
pub fn most(request: &ReadRequest) -> Result<usize, Status> {
    let downsample = request.downsample.as_ref();
    let downsample = downsample.ok_or_else(|| {
        Status::invalid_argument("downsample is missing; pass the most points of a series")
    })?;
    usize::try_from(downsample.num_points).map_err(|_| {
        let most = downsample.num_points;
        Status::invalid_argument(format!("num_points must not be negative, but is {most}"))
    })
}

fn metadata<P>(series: &Shown<P>) -> SeriesMetadata {
    SeriesMetadata {
        max_step: series.max_step,
        max_wall_time: series.max_time,
        summary_metadata: Some(series.described.metadata.clone()),
    }
}

/// The series that a request asks for.
pub struct Asked<'r> {
    plugin: &'r str,
    runs: Option<&'r [String]>,
    tags: Option<&'r [String]>,
}

impl<'r> Asked<'r> {
    /// Of a request for names and metadata.
    pub fn to_list(request: &'r ListRequest) -> Result<Self, Status> {
        Self::new(
            request.plugin_filter.as_ref(),
            request.run_tag_filter.as_ref(),
        )
    }

    /// Of a request for points.
    pub fn to_read(request: &'r ReadRequest) -> Result<Self, Status> {
        Self::new(
            request.plugin_filter.as_ref(),
            request.run_tag_filter.as_ref(),
        )
    }

    fn new(
        plugin: Option<&'r PluginFilter>,
        filter: Option<&'r RunTagFilter>,
    ) -> Result<Self, Status> {
        let plugin = plugin.map_or("", |plugin| &plugin.plugin_name);
        if plugin.is_empty() {
            let text = "plugin_filter.plugin_name is empty; pass the name of a plugin";
            return Err(Status::invalid_argument(text));
        }
        let names = |names: Option<&'r Names>| names.map(|names| &names.names[..]);
        Ok(Self {
            plugin,
            runs: names(filter.and_then(|filter| filter.runs.as_ref())),
            tags: names(filter.and_then(|filter| filter.tags.as_ref())),
        })
    }

    /// What `make` says of each series of a class; runs without any are left out.
    pub fn each<'c, P: 'c, T: prost::Message + Default + std::fmt::Debug>(
        &self,
        catalog: &'c Catalog,
        series: impl Fn(&'c Run) -> &'c [Shown<P>],
        class: DataClass,
        mut make: impl FnMut(&'c Run, &'c Shown<P>) -> Option<T>,
    ) -> Runs<T>
    where
        'r: 'c,
    {
        let mut runs = Vec::new();
        for run in catalog.chosen(self.runs) {
            let all = chosen(series(run), self.tags).into_iter();
            let mine = all.filter(|one| {
                one.described.class == class && one.described.plugin() == self.plugin
            });
            let entry = |one: &'c Shown<P>| {
                Some(TagEntry {
                    tag_name: one.tag.to_string(),
                    content: Some(make(run, one)?),
                })
            };
            let tags: Vec<_> = mine.filter_map(entry).collect();
            if !tags.is_empty() {
                runs.push(RunEntry {
                    run_name: run.name.clone(),
                    tags,
                });
            }
        }
        Runs { runs }
    }
}
