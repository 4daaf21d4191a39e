//! One run from nothing to songs and a report, and its run folder.

use crate::project::{Outcome, Project};
use crate::tiny::{STAGES, WHOLE};
use serde_json::Value;

fn whole() -> (Project, Outcome, String) {
    let project = Project::of(WHOLE);
    let run = project.run(&["--run-id", "TRY-7", "--note", "a second look at the drums"]);
    let folder = project.run_folder(&run);
    (project, run, folder)
}

#[test]
fn run_folder_has_the_names_of_the_thesis() {
    let (project, run, folder) = whole();
    assert_eq!(run.executed(), STAGES);
    let id = run.json["run"].as_str().unwrap();
    let (time, name) = id.split_once('_').unwrap();
    assert_eq!((time.len(), time.chars().all(|c| c.is_ascii_digit()), name), (14, true, "TRY-7"));
    let listing = project.listing(&folder);
    let expected = [
        format!("{id}_csv.log"),
        format!("{id}_info.txt"),
        "checkpoints/encoder.safetensors".into(),
        "checkpoints/decoder.safetensors".into(),
        "generated/npy/epoch0_0.npy".into(),
        "generated/midi/epoch0_0.mid".into(),
        "generated/img/epoch0_0.png".into(),
        "generated/npy/epoch1_0.npy".into(),
        "generated/midi/epoch1_0.mid".into(),
        "generated/img/epoch1_0.png".into(),
        "songs/midi/song-001.mid".into(),
        "songs/sheet/song-001.musicxml".into(),
        "report.html".into(),
        "pairs.html".into(),
        "metrics.json".into(),
        "pipeline.json".into(),
        "events.jsonl".into(),
        "summary.json".into(),
    ];
    for path in expected {
        assert!(listing.contains(&path), "{path} is missing: {listing:#?}");
    }
    for side in ["train", "validation"] {
        let prefix = format!("graphs/{side}/events.out.tfevents.");
        assert_eq!(listing.iter().filter(|path| path.starts_with(&prefix)).count(), 1, "{side}");
    }
}

#[test]
fn info_text_holds_every_parameter_and_the_note() {
    let (project, run, folder) = whole();
    let info = project.text(&format!("{folder}/{}_info.txt", run.json["run"].as_str().unwrap()));
    assert!(info.contains("info: a second look at the drums\n"), "{info}");
    let kinds = project.call(&["kinds"]);
    let is_used =
        |kind: &&Value| WHOLE.contains(&format!("uses: {}", kind["name"].as_str().unwrap()));
    for kind in kinds.json["kinds"].as_array().unwrap().iter().filter(is_used) {
        for param in kind["params"].as_array().unwrap() {
            let name = param["name"].as_str().unwrap();
            assert!(info.contains(&format!("\n{name}: ")), "{name} is missing: {info}");
        }
    }
    for line in ["seed: 1", "measure_hidden: 8", "loss: auto", "steps: 16", "count: 2"] {
        assert!(info.lines().any(|found| found == line), "{line} is missing: {info}");
    }
}

#[test]
fn log_has_one_row_per_epoch_and_one_for_the_untrained_network() {
    let project = Project::of(&WHOLE.replace("epochs: 1", "epochs: 3"));
    let run = project.run(&["--until", "train"]);
    let log = project.text(&format!(
        "{}/{}_csv.log",
        project.run_folder(&run),
        run.json["run"].as_str().unwrap()
    ));
    let lines: Vec<&str> = log.lines().collect();
    let epochs: Vec<&str> = lines[1..].iter().map(|line| line.split(',').next().unwrap()).collect();
    assert_eq!(epochs, ["0", "1", "2", "3"], "{log}");
    assert!(lines[0].contains("epoch") && lines[0].contains("loss"), "{log}");
    let columns = |line: &str| line.split(',').count();
    assert!(lines.iter().all(|line| columns(line) == columns(lines[0])), "{log}");
}

#[test]
fn files_have_the_formats_of_their_names() {
    let (project, _, folder) = whole();
    for (path, magic) in [
        (format!("{folder}/generated/npy/epoch0_0.npy"), &b"\x93NUMPY"[..]),
        (format!("{folder}/generated/midi/epoch0_0.mid"), b"MThd"),
        (format!("{folder}/generated/img/epoch0_0.png"), b"\x89PNG\r\n\x1a\n"),
        ("artifacts/p/songs/midi/song-0001.mid".into(), b"MThd"),
        ("artifacts/p/catalog/catalog.parquet".into(), b"PAR1"),
        ("artifacts/p/catalog/scores/00000.arrow".into(), b"ARROW1"),
        ("artifacts/p/rolls/samples/train-00000.arrow".into(), b"ARROW1"),
        ("artifacts/p/drawn/latents.npy".into(), b"\x93NUMPY"),
        ("artifacts/p/drawn/songs.parquet".into(), b"PAR1"),
    ] {
        assert!(project.bytes(&path).starts_with(magic), "{path}");
    }
    let report = project.text("artifacts/p/report/report.html");
    assert!(
        report.to_ascii_lowercase().starts_with("<!doctype html>") && report.contains("</html>")
    );
    for outside in ["src=\"http", "href=\"http", "url(http", "@import"] {
        assert!(!report.contains(outside), "the page loads nothing: {outside}");
    }
}

#[test]
fn metrics_have_their_names() {
    let (project, ..) = whole();
    let metrics: Value =
        serde_json::from_str(&project.text("artifacts/p/report/metrics.json")).unwrap();
    for path in [
        "/reconstruction/f1",
        "/reconstruction/baselines/pca/f1",
        "/reconstruction/baselines/mean_roll/f1",
        "/reconstruction/baselines/previous_measure/f1",
        "/reconstruction/baselines/all_zero/f1",
        "/latent/active_units",
        "/latent/kl_nats",
        "/songs/pair_jaccard",
        "/songs/measure_jaccard",
        "/real/pair_jaccard",
        "/real/measure_jaccard",
        "/reconstruction/average_precision",
        "/songs/rank_correlation",
        "/real/rank_correlation",
        "/songs/nearest_training/median",
        "/real/nearest_training/median",
        "/songs/within_quartiles/count",
        "/two_sample/drawn/classifier_accuracy",
        "/two_sample/noise/features/onsets/wasserstein",
    ] {
        assert!(metrics.pointer(path).is_some(), "{path}: {metrics:#}");
    }
    let f1 = metrics.pointer("/reconstruction/f1").unwrap().as_f64().unwrap();
    assert!((0.0..=1.0).contains(&f1), "{f1}");
}

#[test]
fn pca_baseline_has_as_many_components_as_the_model_has_units_and_beats_the_mean_roll() {
    let (project, ..) = whole();
    let metrics: Value =
        serde_json::from_str(&project.text("artifacts/p/report/metrics.json")).unwrap();
    let baselines = &metrics["reconstruction"]["baselines"];
    assert_eq!(baselines["pca"]["components"], metrics["latent"]["units"]);
    let f1 = |name: &str| baselines[name]["f1"].as_f64().unwrap();
    assert!(f1("pca") > f1("mean_roll"), "{baselines:#}");
    let page = project.text("artifacts/p/report/report.html");
    let units = metrics["latent"]["units"].as_u64().unwrap();
    assert!(page.contains(&format!("the best linear code of {units} numbers, no network")));
}

#[test]
fn run_prints_the_paths_of_songs_and_report() {
    let project = Project::of(WHOLE);
    let run = project.call_plain(&["run", "p"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("songs:  artifacts/p/drawn/songs/midi\n"), "{}", run.stderr);
    assert!(run.stderr.contains("report: artifacts/p/report/report.html\n"), "{}", run.stderr);
    assert!(run.stderr.contains("run:    artifacts/runs/"), "{}", run.stderr);
}

#[test]
fn generated_song_names_its_model_and_seed() {
    let (project, ..) = whole();
    let song = project.bytes("artifacts/p/drawn/songs/midi/song-001.mid");
    let text = String::from_utf8_lossy(&song);
    assert!(
        text.contains("generated by partita from model ") && text.contains(", seed "),
        "{text}"
    );
}

#[test]
fn sheet_music_of_a_generated_song_has_all_measures_on_two_staves() {
    let (project, ..) = whole();
    let sheets = project.files("artifacts/p/drawn/songs/sheet");
    assert_eq!(sheets.keys().collect::<Vec<_>>(), ["song-001.musicxml", "song-002.musicxml"]);
    for (name, sheet) in sheets {
        let text = String::from_utf8(sheet).unwrap();
        assert!(text.contains("<score-partwise version=\"4.0\">"), "{name}");
        assert_eq!(text.matches("<measure number=").count(), 4, "{name}");
        assert!(text.contains("<staves>2</staves>") && text.contains("<staff>2</staff>"), "{name}");
    }
}

#[test]
fn melody_is_a_quarter_of_the_notes_and_all_reach_its_threshold() {
    let (project, ..) = whole();
    let table = |project: &Project| {
        let columns = "onsets, threshold, melody, melody_threshold";
        let query = format!("select {columns} from self");
        project.call(&["stats", "p/drawn", "--sql", &query]).json
    };
    let rows = table(&project);
    assert_eq!(rows.as_array().unwrap().len(), 2, "{rows}");
    for row in rows.as_array().unwrap() {
        let melody = row["melody"].as_array().unwrap();
        let onsets = row["onsets"].as_f64().unwrap();
        assert_eq!(melody.len() as f64, (onsets / 4.0).round(), "{row}");
        assert!(row["melody_threshold"].as_f64() >= row["threshold"].as_f64(), "{row}");
    }
    let pictures = project.files("artifacts/p/drawn/songs/img");
    project.change("params: { count: 2 }", "params: { count: 2, melody: 0 }");
    assert_eq!(project.run(&[]).executed(), ["drawn", "report"]);
    assert!(
        table(&project).as_array().unwrap().iter().all(|row| row["melody_threshold"].is_null())
    );
    assert_ne!(project.files("artifacts/p/drawn/songs/img"), pictures);
}

#[test]
fn run_folder_of_a_later_run_includes_fresh_stages() {
    let (project, ..) = whole();
    project.change("count: 2", "count: 3");
    let run = project.run(&[]);
    assert_eq!(run.executed(), ["drawn", "report"]);
    let listing = project.listing(&project.run_folder(&run));
    for path in [
        "checkpoints/encoder.safetensors",
        "generated/midi/epoch0_0.mid",
        "songs/midi/song-003.mid",
    ] {
        assert!(listing.iter().any(|found| found == path), "{path}: {listing:#?}");
    }
}

#[test]
fn sweep_has_one_folder_per_instance() {
    let project = Project::of(&WHOLE.replace(
        "    from: { samples: rolls }\n",
        "    from: { samples: rolls }\n    matrix: { beta: [0.1, 0.5] }\n",
    ));
    let run = project.run(&[]);
    let instances =
        ["train", "drawn", "report"].map(|s| [format!("{s}[beta=0.1]"), format!("{s}[beta=0.5]")]);
    for name in instances.as_flattened() {
        assert!(run.executed().contains(name), "{name}: {:?}", run.executed());
        assert!(project.exists(&format!("artifacts/p/{name}")), "{name}");
    }
    let listing = project.listing(&project.run_folder(&run));
    for path in [
        "train[beta=0.1]/checkpoints/encoder.safetensors",
        "train[beta=0.5]/generated/midi/epoch0_0.mid",
    ] {
        assert!(listing.iter().any(|found| found == path), "{path}: {listing:#?}");
    }
    assert_eq!(project.run(&[]).executed(), [""; 0]);
}
