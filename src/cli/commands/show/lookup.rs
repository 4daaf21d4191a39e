//! The rows and samples of a file in the outputs of a project, found by the digest of its content.

use super::Failure;
use crate::cli::project;
use crate::columnar::{CatalogSong, SampleTable, read};
use crate::spec;
use crate::store::Store;
use crate::text::Column::{End, Left, Middle};
use crate::text::{Cell, TextTable, count_of, sanitize, wrap};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Maximum number of samples listed on the screen.
const MAX_LISTED: usize = 12;

/// The rows of a file in the catalogs of a project, and its samples.
#[derive(Default)]
pub(super) struct Lookup {
    pub(super) catalogs: Vec<CatalogEntry>,
    pub(super) samples: Vec<SamplesEntry>,
    /// Tables that could not be read.
    unreadable: Vec<String>,
    /// Whether the project has a catalog.
    has_catalogs: bool,
}

/// A file with this content in a catalog.
pub(super) struct CatalogEntry {
    /// Pipeline and stage: `demo/catalog`.
    stage: String,
    song: CatalogSong,
}

impl CatalogEntry {
    pub(super) fn to_json(&self) -> Json {
        let CatalogSong { path, status, notes_digest, group, .. } = &self.song;
        let status = status.as_str();
        json!({ "stage": self.stage, "path": path, "status": status, "group": group, "notes_digest": notes_digest })
    }
}

/// The samples of the song in the output of an extract stage.
pub(super) struct SamplesEntry {
    stage: String,
    split: String,
    /// Path of the file that they were cut from, which may be another one with the same notes.
    path: String,
    /// First measures, from 0 as in the table.
    first_measures: Vec<u32>,
}

impl SamplesEntry {
    pub(super) fn to_json(&self) -> Json {
        let Self { stage, split, path, first_measures } = self;
        json!({ "stage": stage, "split": split, "path": path, "first_measures": first_measures })
    }
}

impl Lookup {
    /// Looks for a content in the newest outputs of all pipelines.
    pub(super) fn find(root: &Path, digest: &str) -> Result<Self, Failure> {
        let store = project::store_to_read(root)?;
        let mut lookup = Self::default();
        for pipeline in spec::list(root) {
            let tables = |file| tables(&store, &pipeline.name, file);
            let mut songs = Vec::new();
            for (stage, catalog) in tables("catalog.parquet") {
                lookup.has_catalogs = true;
                songs.extend(lookup.add_catalog(&stage, &catalog, digest));
            }
            if songs.is_empty() {
                continue;
            }
            for (stage, samples) in tables("samples.parquet") {
                lookup.add_samples(&stage, &samples, &songs);
            }
        }
        Ok(lookup)
    }

    /// Adds the rows of a content in a catalog, and returns their notes digests.
    fn add_catalog(&mut self, stage: &str, path: &Path, digest: &str) -> Vec<String> {
        let rows = match read::<CatalogSong>(path) {
            Ok(rows) => rows,
            Err(error) => {
                self.unreadable.push(format!("{stage}: {error}"));
                return Vec::new();
            }
        };
        let found = rows.into_iter().filter(|row| row.digest == digest);
        let found: Vec<CatalogSong> = found.collect();
        let songs = found.iter().filter_map(|song| song.notes_digest.clone()).collect();
        let entry = |song| CatalogEntry { stage: stage.to_owned(), song };
        self.catalogs.extend(found.into_iter().map(entry));
        songs
    }

    fn add_samples(&mut self, stage: &str, path: &Path, songs: &[String]) {
        let table = match SampleTable::open(path) {
            Ok(table) => table,
            Err(error) => return self.unreadable.push(format!("{stage}: {error}")),
        };
        let mut found: BTreeMap<(String, String), Vec<u32>> = BTreeMap::new();
        for sample in table.iter().filter(|sample| songs.iter().any(|song| song == sample.song)) {
            let key = (sample.split.to_owned(), sample.path.to_owned());
            found.entry(key).or_default().push(sample.first_measure);
        }
        self.samples.extend(found.into_iter().map(|((split, path), first_measures)| {
            SamplesEntry { stage: stage.to_owned(), split, path, first_measures }
        }));
    }

    /// Renders the tables of catalogs and samples; empty parts are left out.
    pub(super) fn render(&self, columns: usize) -> String {
        let mut text = self.render_catalogs(columns);
        if !self.samples.is_empty() {
            text += &format!("\n{}", self.render_samples(columns));
        }
        if !self.unreadable.is_empty() {
            let unread = count_of(self.unreadable.len(), "table");
            let message = format!("{unread} could not be read: {}", self.unreadable.join("; "));
            let lines = wrap(&sanitize(&message), columns).join("\n");
            text += &format!("\n{lines}\n");
        }
        text
    }

    fn render_catalogs(&self, columns: usize) -> String {
        if self.catalogs.is_empty() {
            return match self.has_catalogs {
                true => "No catalog of this project has a file with this content.\n".to_owned(),
                false => String::new(),
            };
        }
        let mut table = TextTable::new(0, &[Left, Left, Left, Middle(12)]);
        table.rule = true;
        table.row(["catalog", "status", "group", "path"].map(Cell::from));
        for CatalogEntry { stage, song } in &self.catalogs {
            let status = song.status.as_str();
            table.row([stage.as_str(), status, &song.group, &song.path].map(Cell::from));
        }
        table.render(columns)
    }

    fn render_samples(&self, columns: usize) -> String {
        let mut table = TextTable::new(0, &[Left, Left, Middle(12), End(12)]);
        table.rule = true;
        table.row(["samples of", "split", "from", "first measures"].map(Cell::from));
        for SamplesEntry { stage, split, path, first_measures } in &self.samples {
            let first = first_measures.iter().take(MAX_LISTED);
            let first: Vec<String> = first.map(|measure| (measure + 1).to_string()).collect();
            let mut measures = first.join(" ");
            let more = first_measures.len().saturating_sub(MAX_LISTED);
            if more > 0 {
                measures += &format!(" and {more} more");
            }
            table.row([stage, split, path, &measures].map(Cell::from));
        }
        table.render(columns)
    }
}

/// Returns the tables called `file` among the newest outputs of a pipeline, each with `PIPELINE/STAGE`, in the order of
/// stage names.
fn tables(store: &Store, pipeline: &str, file: &str) -> Vec<(String, PathBuf)> {
    let folders = store.files.entries(&store.layout.visible(pipeline, ""));
    let stages = folders.into_iter().filter_map(|entry| {
        let stage = entry.path.file_name()?.to_string_lossy();
        // Edited outputs are kept next to the newest ones, and outputs in preparation begin with a dot.
        let is_stage = !stage.contains("~edited") && !stage.starts_with('.');
        let table = entry.path.join(file);
        let is_table = is_stage && store.files.is_file(&table);
        is_table.then(|| (format!("{pipeline}/{stage}"), table))
    });
    stages.collect()
}
