//! What the pipelines of a project made of a file, by the digest of its content.

use super::Failure;
use crate::cli::project;
use crate::columnar::{CatalogSong, SampleTable, read};
use crate::spec;
use crate::text::{Cell, Column, TextTable, count_of, sanitize, wrap};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// First measures of samples listed on the screen.
const MAX_LISTED: usize = 12;

/// The rows of a file in the catalogs of a project, and its samples.
pub(super) struct Lookup {
    pub(super) catalogs: Vec<CatalogEntry>,
    pub(super) samples: Vec<SamplesEntry>,
    /// Tables that could not be read.
    unreadable: Vec<String>,
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
    /// Path of the file that they were taken from, which may be another one with the same notes.
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
        let mut lookup = Self {
            catalogs: Vec::new(),
            samples: Vec::new(),
            unreadable: Vec::new(),
            has_catalogs: false,
        };
        for pipeline in spec::list(root) {
            let stages = stages(&store.layout.visible(&pipeline.name, ""));
            let mut songs: Vec<String> = Vec::new();
            for (name, folder) in &stages {
                let catalog = folder.join("catalog.parquet");
                if catalog.is_file() {
                    let stage = format!("{}/{name}", pipeline.name);
                    lookup.has_catalogs = true;
                    songs.extend(lookup.add_catalog(stage, &catalog, digest));
                }
            }
            for (name, folder) in &stages {
                let samples = folder.join("samples.parquet");
                if samples.is_file() && !songs.is_empty() {
                    lookup.add_samples(&format!("{}/{name}", pipeline.name), &samples, &songs);
                }
            }
        }
        Ok(lookup)
    }

    /// Adds the rows of a content in a catalog, and returns their notes digests.
    fn add_catalog(&mut self, stage: String, path: &Path, digest: &str) -> Vec<String> {
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
        let entry = |song| CatalogEntry { stage: stage.clone(), song };
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

    pub(super) fn render(&self, columns: usize) -> String {
        let mut text = String::new();
        if self.catalogs.is_empty() && self.has_catalogs {
            text += "No catalog of this project has a file with this content.\n";
        }
        if !self.catalogs.is_empty() {
            let mut table =
                TextTable::new(0, &[Column::Left, Column::Left, Column::Left, Column::Middle(12)]);
            table.rule = true;
            table.row(["catalog", "status", "group", "path"].map(Cell::from));
            for CatalogEntry { stage, song } in &self.catalogs {
                let status = song.status.as_str();
                table.row([stage.as_str(), status, &song.group, &song.path].map(Cell::from));
            }
            text += &table.render(columns);
        }
        if !self.samples.is_empty() {
            let mut table = TextTable::new(
                0,
                &[Column::Left, Column::Left, Column::Middle(12), Column::End(12)],
            );
            table.rule = true;
            table.row(["samples of", "split", "from", "first measures"].map(Cell::from));
            for entry in &self.samples {
                let first = entry.first_measures.iter().take(MAX_LISTED);
                let first: Vec<String> = first.map(|measure| (measure + 1).to_string()).collect();
                let more = entry.first_measures.len().saturating_sub(MAX_LISTED);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                let measures = format!("{}{more}", first.join(" "));
                let SamplesEntry { stage, split, path, .. } = entry;
                table.row([stage, split, path, &measures].map(Cell::from));
            }
            text += &format!("\n{}", table.render(columns));
        }
        if !self.unreadable.is_empty() {
            let unread = count_of(self.unreadable.len(), "table");
            let message = format!("{unread} could not be read: {}", self.unreadable.join("; "));
            let lines = wrap(&sanitize(&message), columns).join("\n");
            text += &format!("\n{lines}\n");
        }
        text
    }
}

/// Returns the folders of a pipeline's stages with their names, in the order of names.
fn stages(pipeline: &Path) -> Vec<(String, PathBuf)> {
    let Ok(folder) = fs_err::read_dir(pipeline) else { return Vec::new() };
    let name = |entry: &fs_err::DirEntry| entry.file_name().to_string_lossy().into_owned();
    let stages = folder.flatten().map(|entry| (name(&entry), entry.path()));
    // Edited outputs are kept beside the newest ones, and outputs in preparation begin with a dot.
    let is_stage = |name: &str| !name.contains("~edited") && !name.starts_with('.');
    let mut stages: Vec<_> = stages.filter(|(name, _)| is_stage(name)).collect();
    stages.sort();
    stages
}
