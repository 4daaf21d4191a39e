//! The modes of `generate`.

use crate::midi::{Track, one};
use crate::project::{Outcome, Project};
use crate::tiny::{WHOLE, song};
use partita::columnar::SampleSet;
use partita::vae::{Model, Posterior};
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

/// A trained model, two files beside it, and stages that draw from it.
pub fn trained(stages: &str) -> Project {
    let until_train = WHOLE.split_once("  drawn:").unwrap().0;
    let project = Project::of(&format!("{until_train}{stages}"));
    project.write("data/one.mid", song(48));
    project.write("data/other.mid", song(60));
    project
}

/// A stage that draws.
pub fn draw(name: &str, inputs: &str, params: &str) -> String {
    let from = if inputs.contains("samples") { ", samples: rolls" } else { "" };
    let files = inputs.replace("samples", "");
    let files = if files.is_empty() { files } else { format!("files: {{ {files} }}, ") };
    format!(
        "  {name}: {{ uses: generate, from: {{ model: train.model{from} }}, {files}params: {{ {params} }} }}\n"
    )
}

/// Each mode with the inputs that it reads.
const MODES: [(&str, &str); 6] = [
    ("prior", ""),
    ("pca", ""),
    ("mixture", ""),
    ("around", "around: data/one.mid"),
    ("interpolate", "start: data/one.mid, end: data/other.mid"),
    ("vary", "samples"),
];

fn all_modes(count: usize) -> String {
    let stage = |(mode, inputs): &(&str, &str)| {
        draw(mode, inputs, &format!("mode: {mode}, count: {count}, components: 2"))
    };
    MODES.iter().map(stage).collect()
}

/// The rows of a `float32` array of two columns.
fn latents(project: &Project, stage: &str) -> Vec<Vec<f32>> {
    let bytes = project.bytes(&format!("artifacts/p/{stage}/latents.npy"));
    let header = 10 + usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let values = bytes[header..].chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap()));
    values.collect::<Vec<f32>>().chunks_exact(2).map(<[f32]>::to_vec).collect()
}

fn rolls(project: &Project, stage: &str) -> Vec<Vec<u8>> {
    project.files(&format!("artifacts/p/{stage}/songs/npy")).into_values().collect()
}

fn midis(project: &Project, stage: &str) -> Vec<Vec<u8>> {
    project.files(&format!("artifacts/p/{stage}/songs/midi")).into_values().collect()
}

fn model(project: &Project) -> Model {
    let read = |name: &str| project.bytes(&format!("artifacts/p/train/model/{name}"));
    let [json, encoder, decoder] =
        ["model.json", "encoder.safetensors", "decoder.safetensors"].map(read);
    Model::load(&json, &encoder, &decoder).unwrap()
}

fn samples(project: &Project, side: &str) -> SampleSet {
    let shard = project.path(&format!("artifacts/p/rolls/samples/{side}-00000.arrow"));
    SampleSet::open(&[shard]).unwrap()
}

fn encoded(model: &Model, set: &SampleSet, index: usize) -> Posterior {
    let mut cells = Vec::new();
    set.cells(index, &mut cells);
    model.encode(&[cells]).unwrap()
}

/// The cells that a roll sets, as many as the most probable ones that decoding gives.
fn assert_most_probable(model: &Model, latent: &[f32], roll: &[u8], onsets: usize) {
    let probabilities = model.decode(&[latent.to_vec()]).unwrap().remove(0);
    let roll = &roll[roll.len() - probabilities.len()..];
    assert_eq!(roll.iter().filter(|&&cell| cell == 1).count(), onsets);
    let set = roll.iter().zip(&probabilities).filter(|(cell, _)| **cell == 1).map(|(_, p)| *p);
    let unset = roll.iter().zip(&probabilities).filter(|(cell, _)| **cell == 0).map(|(_, p)| *p);
    assert!(set.fold(1.0, f32::min) >= unset.fold(0.0, f32::max));
}

#[test]
fn temperature_0_gives_the_reconstruction_of_the_same_corpus_sample() {
    let project = trained("");
    project.run(&[]);
    let (model, set) = (model(&project), samples(&project, "train"));
    let meta = set.meta(0);
    project.write("data/known.mid", project.bytes(&format!("artifacts/p/songs/{}", meta.path)));
    let first = meta.first_measure + 1;
    let params = format!("mode: around, temperature: 0, count: 2, first_measure: {first}");
    let stage = draw("drawn", "around: data/known.mid", &params);
    project.write("pipelines/p.yaml", project.text("pipelines/p.yaml") + &stage);
    assert_eq!(project.run(&[]).executed(), ["drawn"]);
    let expected = encoded(&model, &set, 0).mean.remove(0);
    assert_eq!(latents(&project, "drawn"), [expected.clone(), expected.clone()]);
    for roll in rolls(&project, "drawn") {
        assert_most_probable(&model, &expected, &roll, set.meta(0).onsets as usize);
    }
}

#[test]
fn songs_around_a_file_spread_by_temperature_and_radius() {
    let project = trained(&draw("drawn", "around: data/one.mid", "mode: around, count: 60"));
    let drawn = |settings: &[&str]| {
        let set = |setting: &&str| ["--set".to_owned(), format!("stages.drawn.params.{setting}")];
        let options: Vec<String> = settings.iter().flat_map(set).collect();
        project.run(&options.iter().map(String::as_str).collect::<Vec<_>>());
        latents(&project, "drawn")
    };
    let middle = drawn(&["temperature=0"]).remove(0);
    let ways = |drawn: Vec<Vec<f32>>, unit: usize| -> Vec<f32> {
        drawn.iter().map(|latent| latent[unit] - middle[unit]).collect()
    };
    let width = |ways: &[f32]| (ways.iter().map(|way| way * way).sum::<f32>() / 60.0).sqrt();
    let cells = project.bytes("artifacts/p/drawn/songs/npy/song-001.npy");
    let (model, music) = (model(&project), given(&project));
    assert_eq!(music.len(), cells[128..].iter().filter(|&&cell| cell == 1).count());
    let posterior = model.encode(&[music]).unwrap();
    for unit in 0..2 {
        let whole = ways(drawn(&[]), unit);
        let half = ways(drawn(&["temperature=0.5"]), unit);
        assert!(whole.iter().zip(&half).all(|(whole, half)| (whole - 2.0 * half).abs() < 1e-5));
        let deviation = posterior.std[0][unit];
        assert!((width(&whole) / deviation - 1.0).abs() < 0.3, "{deviation}");
        let even = ways(drawn(&["radius=3"]), unit);
        assert!((width(&even) / 3.0 - 1.0).abs() < 0.3, "{}", width(&even));
    }
}

/// The onset cells of `data/one.mid`, which `tiny` makes of quarter notes.
fn given(project: &Project) -> Vec<u32> {
    let reading = partita::music::midi::read(&project.bytes("data/one.mid"));
    let grid = partita::music::roll::RollShape::new(4, 16, 48, 36).unwrap();
    let cells = partita::music::roll::onset_cells(&reading.score.unwrap(), &grid);
    cells.into_iter().map(|cell| u32::try_from(cell).unwrap()).collect()
}

#[test]
fn interpolation_starts_and_ends_with_the_reconstructions_of_its_files() {
    for path in ["slerp", "lerp"] {
        let between =
            draw("way", MODES[4].1, &format!("mode: interpolate, count: 5, interpolation: {path}"));
        let alone = |name, file| {
            let file = format!("around: data/{file}.mid");
            draw(name, &file, "mode: around, temperature: 0, count: 1")
        };
        let project = trained(&[between, alone("a", "one"), alone("b", "other")].concat());
        project.run(&[]);
        let (way, found) = (latents(&project, "way"), rolls(&project, "way"));
        assert_eq!((way.len(), found.len()), (5, 5));
        for (index, stage) in [(0, "a"), (4, "b")] {
            assert_eq!(way[index], latents(&project, stage)[0], "{path}, {stage}");
            assert_eq!(found[index], rolls(&project, stage)[0], "{path}, {stage}");
        }
        assert_ne!(way[0], way[4]);
        for steps in way.windows(2) {
            assert_ne!(steps[0], steps[1], "{path}");
        }
        if path == "lerp" {
            let middle = f32::midpoint(way[0][0], way[4][0]);
            assert!((way[2][0] - middle).abs() < 1e-5);
        }
    }
}

#[test]
fn variation_is_near_the_sample_that_the_table_names() {
    let project = trained(&draw("drawn", "samples", "mode: vary, temperature: 0, count: 6"));
    project.run(&[]);
    let (model, set) = (model(&project), samples(&project, "validation"));
    let query = ["stats", "p/drawn", "--sql", "SELECT source FROM self ORDER BY \"index\""];
    let csv = project.call_plain(&[&query[..], &["--format", "csv"]].concat());
    let sources: Vec<&str> = csv.stdout.lines().skip(1).collect();
    assert_eq!(sources.len(), 6, "{}{}", csv.stdout, csv.stderr);
    let found = rolls(&project, "drawn");
    for (index, (source, latent)) in sources.iter().zip(latents(&project, "drawn")).enumerate() {
        let named = |&at: &usize| {
            let meta = set.meta(at);
            let (first, last) = (meta.first_measure + 1, meta.first_measure + 4);
            *source == format!("near {} (measures {first} to {last})", meta.path)
        };
        let at = (0..set.len()).find(named).unwrap_or_else(|| panic!("no sample is '{source}'"));
        assert_eq!(latent, encoded(&model, &set, at).mean[0]);
        assert_most_probable(&model, &latent, &found[index], set.meta(at).onsets as usize);
    }
    assert!(sources.iter().any(|source| source != &sources[0]), "{sources:?}");
}

#[test]
fn pca_and_mixture_follow_the_posterior_means_not_the_prior() {
    let stage = |name: &str, params: &str| draw(name, "", &format!("count: 150, {params}"));
    let project = trained(
        &[
            stage("pca", "mode: pca"),
            stage("mixture", "mode: mixture, components: 3"),
            stage("wide", "mode: pca, posterior_variance: true"),
        ]
        .concat(),
    );
    project.run(&[]);
    let model = model(&project);
    let file = project.bytes("artifacts/p/train/model/posterior.safetensors");
    let posterior = Posterior::load(&file, &model).unwrap();
    let set = samples(&project, "train");
    assert_eq!(posterior.mean.len(), set.len());
    assert_eq!(posterior.mean[0], encoded(&model, &set, 0).mean[0]);
    let spread = |rows: &[Vec<f32>], unit: usize| {
        let mean = rows.iter().map(|row| f64::from(row[unit])).sum::<f64>() / rows.len() as f64;
        let square = |row: &Vec<f32>| (f64::from(row[unit]) - mean).powi(2);
        (mean, (rows.iter().map(square).sum::<f64>() / rows.len() as f64).sqrt())
    };
    for (unit, noise) in posterior.mean_variance().into_iter().enumerate() {
        let (mean, deviation) = spread(&posterior.mean, unit);
        for stage in ["pca", "mixture"] {
            let (found, width) = spread(&latents(&project, stage), unit);
            assert!((found - mean).abs() < 0.3 * deviation, "{stage}: {found} for {mean}");
            assert!((width / deviation - 1.0).abs() < 0.25, "{stage}: {width} for {deviation}");
        }
        let wide = (deviation.powi(2) + f64::from(noise)).sqrt();
        let (_, width) = spread(&latents(&project, "wide"), unit);
        assert!((width / wide - 1.0).abs() < 0.25, "{width} for {wide}");
    }
}

#[test]
fn every_mode_generates_the_same_songs_in_another_project() {
    let [here, there] = [(); 2].map(|()| {
        let project = trained(&all_modes(3));
        project.run(&["--jobs", "2"]);
        project
    });
    for (mode, _) in MODES {
        let folder = format!("artifacts/p/{mode}");
        let files = here.files(&folder);
        assert_eq!(files.len(), 4 * 3 + 2, "{mode}");
        assert_eq!(files, there.files(&folder), "{mode}");
    }
}

#[test]
fn more_songs_leave_the_first_ones_unchanged() {
    let project = trained(&all_modes(2));
    project.run(&[]);
    let modes = || MODES.iter().map(|(mode, _)| *mode).filter(|mode| *mode != "interpolate");
    let songs = || -> Vec<_> {
        modes().map(|mode| (latents(&project, mode), midis(&project, mode))).collect()
    };
    let few = songs();
    let yaml = project.text("pipelines/p.yaml").replace("count: 2", "count: 5");
    project.write("pipelines/p.yaml", yaml);
    assert_eq!(project.run(&[]).executed().len(), MODES.len());
    for ((mode, few), many) in modes().zip(few).zip(songs()) {
        assert_eq!((many.0.len(), many.1.len()), (5, 5), "{mode}");
        assert_eq!((&many.0[..2], &many.1[..2]), (&few.0[..], &few.1[..]), "{mode}");
    }
}

#[test]
fn bernoulli_chooses_cells_by_their_probability() {
    let stage = |name, params: &str| draw(name, "", &format!("count: 4, {params}"));
    let project = trained(
        &[
            stage("chance", "decode: bernoulli"),
            stage("certain", "decode: bernoulli, onset_temperature: 0"),
        ]
        .concat(),
    );
    project.run(&[]);
    let model = model(&project);
    let sounding = |roll: &Vec<u8>| roll[128..].iter().filter(|&&cell| cell == 1).count();
    let found: usize = rolls(&project, "chance").iter().map(sounding).sum();
    let expected: f32 = model.decode(&latents(&project, "chance")).unwrap().iter().flatten().sum();
    let deviation = expected.sqrt();
    assert!((found as f32 - expected).abs() < 5.0 * deviation, "{found} for {expected}");
    for (roll, probabilities) in
        rolls(&project, "certain").iter().zip(model.decode(&latents(&project, "certain")).unwrap())
    {
        let above = probabilities.iter().filter(|&&p| p > 0.5).count();
        assert_eq!(sounding(roll), above);
    }
}

#[test]
fn phrases_repeat_exactly_at_exactness_1() {
    let stage = |name, returns: &str| {
        let params = "count: 4, decode: phrases, measure_return: 0, exactness: 1";
        draw(name, "", &format!("{params}, phrase_return: {returns}"))
    };
    let project = trained(&[stage("same", "1"), stage("new", "0")].concat());
    project.run(&[]);
    // A song of four measures has phrases of one.
    let different = |name| -> usize {
        let distinct = |roll: &Vec<u8>| {
            let cells = &roll[128..];
            cells.chunks(cells.len() / 4).collect::<BTreeSet<_>>().len()
        };
        rolls(&project, name).iter().map(distinct).sum()
    };
    assert_eq!(different("same"), 4, "one measure in each song");
    assert!(different("new") > 4, "{}", different("new"));
}

#[test]
fn fixed_lengths_change_only_the_notes() {
    let params = "mode: around, temperature: 0, count: 1";
    let file = "around: data/one.mid";
    let project = trained(
        &[
            draw("played", file, params),
            draw("fixed", file, &format!("{params}, lengths: fixed, note_steps: 1")),
        ]
        .concat(),
    );
    project.run(&[]);
    assert_eq!(rolls(&project, "played"), rolls(&project, "fixed"));
    assert_ne!(midis(&project, "played"), midis(&project, "fixed"));
}

#[test]
fn song_near_a_waltz_has_its_time_signature() {
    let waltz = (0..12).fold(Track::new().meter(0, 3, 2), |track, beat: u8| {
        track.note(if beat == 0 { 0 } else { 470 }, 0, 50 + beat)
    });
    let project = trained(&draw("drawn", "around: data/one.mid", "mode: around, count: 1"));
    project.write("data/one.mid", one(waltz.end()));
    project.run(&[]);
    let midi = midis(&project, "drawn").remove(0);
    let meter: &[u8] = &[0xFF, 0x58, 4, 3, 2];
    assert!(midi.windows(5).any(|bytes| bytes == meter));
}

#[test]
fn changed_file_reruns_only_the_modes_that_read_it() {
    let project = trained(&all_modes(2));
    project.run(&[]);
    project.write("data/one.mid", song(52));
    assert_eq!(project.run(&[]).executed(), ["around", "interpolate"]);
    let before = rolls(&project, "around");
    project.touch("data/one.mid");
    assert!(project.run(&[]).executed().is_empty());
    assert_eq!(rolls(&project, "around"), before);
}

#[test]
#[ignore = "needs PARTITA_NUMPY"]
fn a_latent_vector_decodes_to_the_same_roll_with_numpy_alone() {
    let python = std::env::var_os("PARTITA_NUMPY").expect("PARTITA_NUMPY is a Python with numpy");
    for network in ["thesis", "factored"] {
        decodes_with_numpy(&python, network);
    }
}

fn decodes_with_numpy(python: &OsStr, network: &str) {
    let until_train = WHOLE.split_once("  drawn:").unwrap().0;
    let of_network = until_train.replace(
        "params:\n      { measure_hidden",
        &format!("params:\n      {{ network: {network}, measure_hidden"),
    );
    assert!(of_network.contains(network));
    let project = Project::of(&(of_network + &draw("drawn", "", "mode: pca, count: 1")));
    project.run(&[]);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/decode.py");
    let folder = |name: &str| project.path(&format!("artifacts/p/{name}"));
    let mut command = Command::new(python);
    command.arg(script).args([folder("train/model"), folder("drawn")]);
    let said = Outcome::of(&mut command);
    assert_eq!(said.code, 0, "{}{}", said.stdout, said.stderr);
    assert!(said.stdout.contains("the same roll"), "{network}: {}", said.stdout);
}
