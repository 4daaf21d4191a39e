//! `evaluate`: generated songs compared with real ones and with the training samples.

use crate::project::{Outcome, Project};
use crate::tiny::WHOLE;
use partita::columnar::SampleSet;
use partita::metrics::diversity::song_jaccard;
use partita::metrics::features::{FEATURES, KEY_FEATURES};
use partita::metrics::summary;
use partita::music::roll::RollShape;
use partita::report::array::read_song;
use serde_json::Value;
use std::collections::BTreeSet;

const SHAPE: RollShape = match RollShape::new(4, 16, 48, 36) {
    Ok(shape) => shape,
    Err(_) => panic!("an impossible shape"),
};
const KINDS: [&str; 5] = ["drawn", "train", "shuffled", "mean_roll", "noise"];

fn evaluate(yaml: &str) -> (Project, Outcome, Value) {
    let project = Project::of(yaml);
    let run = project.run(&[]);
    let metrics = project.text("artifacts/p/report/metrics.json");
    (project, run, serde_json::from_str(&metrics).unwrap())
}

fn samples(project: &Project, split: &str) -> Vec<Vec<Vec<u16>>> {
    let shard = project.path(&format!("artifacts/p/rolls/samples/{split}-00000.arrow"));
    let set = SampleSet::open(&[shard]).unwrap();
    (0..set.len()).map(|index| set.measures(index)).collect()
}

/// Returns the largest similarity of each song to any candidate.
fn nearest(songs: &[Vec<Vec<u16>>], candidates: &[Vec<Vec<u16>>]) -> Vec<f64> {
    let of = |song: &Vec<Vec<u16>>| {
        candidates.iter().map(|other| song_jaccard(song, other)).fold(0.0, f64::max)
    };
    songs.iter().map(of).collect()
}

#[test]
fn nearest_training_samples_equal_those_of_a_full_comparison() {
    let (project, _, metrics) = evaluate(&WHOLE.replace("count: 2", "count: 9"));
    let (training, held) = (samples(&project, "train"), samples(&project, "validation"));
    let files = project.files("artifacts/p/drawn/songs/npy");
    let drawn: Vec<_> = files.values().map(|npy| read_song(npy, &SHAPE).unwrap()).collect();
    assert_eq!((drawn.len(), metrics["songs"]["count"].as_u64()), (9, Some(9)));
    for (set, songs) in [("songs", &drawn), ("real", &held)] {
        let expected = summary(nearest(songs, &training)).unwrap();
        let found = &metrics[set]["nearest_training"];
        for (name, value) in
            [("min", expected.min), ("median", expected.median), ("max", expected.max)]
        {
            assert!((found[name].as_f64().unwrap() - value).abs() < 1e-12, "{set}: {found}");
        }
    }
    let page = project.text("artifacts/p/report/report.html");
    assert_eq!(page.matches("id=\"nearest-").count(), 9);
}

/// Transposes a song by `semitones` and rotates its measures by `right`; returns (measure, step, pitch) triples, which
/// may be outside the grid.
fn align(song: &[Vec<u16>], semitones: i32, right: usize) -> BTreeSet<(usize, usize, i32)> {
    let notes = song.iter().enumerate().flat_map(|(measure, cells)| {
        cells.iter().map(move |&cell| {
            let measure = (measure + right) % SHAPE.measures();
            (measure, SHAPE.step(cell), SHAPE.pitch(cell) as i32 + semitones)
        })
    });
    notes.collect()
}

#[test]
fn copies_are_found_in_any_alignment() {
    let (project, _, metrics) = evaluate(&WHOLE.replace("count: 2", "count: 5"));
    let training = samples(&project, "train");
    assert!(training.len() <= 128, "all samples are tried");
    let files = project.files("artifacts/p/drawn/songs/npy");
    let similarity = |a: &BTreeSet<_>, b: &BTreeSet<_>| {
        let shared = a.intersection(b).count();
        shared as f64 / (a.len() + b.len() - shared).max(1) as f64
    };
    let best = files.values().map(|npy| {
        let song = align(&read_song(npy, &SHAPE).unwrap(), 0, 0);
        let moves = (-12..=12).flat_map(|up| (0..SHAPE.measures()).map(move |right| (up, right)));
        let tries = moves
            .flat_map(|(up, right)| training.iter().map(move |sample| align(sample, up, right)));
        tries.map(|sample| similarity(&song, &sample)).fold(0.0, f64::max)
    });
    let expected = summary(best).unwrap();
    let found = &metrics["songs"]["nearest_moved"];
    for (name, value) in [("min", expected.min), ("median", expected.median), ("max", expected.max)]
    {
        assert!((found[name].as_f64().unwrap() - value).abs() < 1e-12, "{name} {value}: {found}");
    }
    let copying = &metrics["copying"];
    assert!(copying["checked"].as_u64().unwrap() >= 5, "{copying}");
    assert_eq!((&copying["recall"], &copying["shortfall"]), (&1.0.into(), &0.0.into()));
    assert_eq!(copying["untried"], 0.0);
    let page = project.text("artifacts/p/report/report.html");
    assert_eq!(page.matches("Nearest over all alignments: ").count(), 5);
}

#[test]
fn every_feature_of_every_set_has_a_histogram_on_one_grid() {
    let (project, _, metrics) = evaluate(&WHOLE.replace("count: 2", "count: 5"));
    let histograms = metrics["histograms"].as_object().unwrap();
    assert_eq!(histograms.len(), FEATURES.len());
    // Songs of four measures have no measures that are four or eight apart.
    let (none, known): (Vec<_>, Vec<_>) =
        histograms.iter().partition(|(_, figures)| figures.is_null());
    assert_eq!(
        none.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        ["lag_4_jaccard", "lag_8_jaccard"]
    );
    for (feature, figures) in &known {
        let ends = [&figures["ends"][0], &figures["ends"][1]].map(|end| end.as_f64().unwrap());
        assert!(ends[0] < ends[1], "{feature}: {ends:?}");
        let bins = figures["real"].as_array().unwrap().len();
        for kind in KINDS.iter().chain(&["real"]) {
            let shares = figures[*kind].as_array().unwrap();
            let sum: f64 = shares.iter().map(|share| share.as_f64().unwrap()).sum();
            assert_eq!(shares.len(), bins, "{feature} {kind}");
            assert!((sum - 1.0).abs() < 1e-9 || sum == 0.0, "{feature} {kind}: {sum}");
        }
    }
    let query = "select count(*) as n from self where name like 'histograms.onsets.real.%'";
    let rows = project.call(&["stats", "p/report", "--sql", query]);
    let bins = histograms["onsets"]["real"].as_array().unwrap().len();
    assert_eq!(rows.json[0]["n"], bins, "{} {}", rows.stdout, rows.stderr);
    let page = project.text("artifacts/p/report/report.html");
    assert_eq!(page.matches("class=\"histogram\"").count(), known.len() * (KINDS.len() + 1));
}

#[test]
fn latent_space_is_reported_by_unit_and_by_direction() {
    let (project, _, metrics) = evaluate(&WHOLE.replace("count: 2", "count: 5"));
    let latent = &metrics["latent"];
    let list = |place: &str| -> Vec<f64> {
        let values = latent.pointer(place).and_then(Value::as_array).unwrap();
        values.iter().map(|value| value.as_f64().unwrap()).collect()
    };
    let units = latent["units"].as_u64().unwrap() as usize;
    for name in ["mean", "deviation", "posterior_deviation", "kl_nats", "gap_nats"] {
        assert_eq!(list(&format!("/by_unit/{name}")).len(), units, "{name}");
    }
    let gap: f64 = list("/by_unit/gap_nats").iter().sum();
    assert!((latent["gap_nats"].as_f64().unwrap() - gap).abs() < 1e-9 && gap >= 0.0, "{latent}");
    assert!((list("/spectrum").iter().sum::<f64>() - 1.0).abs() < 1e-9, "{latent}");
    let training = samples(&project, "train").len();
    assert_eq!(latent["posterior_samples"], training);
    assert_eq!(latent["map"]["train"].as_array().unwrap().len(), training);
    assert_eq!(latent["map"]["drawn"].as_array().unwrap().len(), 5);
    assert_eq!(latent["components"].as_array().unwrap().len(), units.min(3));
    assert!(list("/components/0/onsets").iter().all(|&onsets| onsets > 0.0), "{latent}");
    let page = project.text("artifacts/p/report/report.html");
    assert!(page.contains("id=\"latent\"") && page.contains("From one song to another"));
}

#[test]
fn phrases_and_periods_are_reported_for_generated_and_real_songs() {
    let (project, _, metrics) = evaluate(&WHOLE.replace("count: 2", "count: 5"));
    for set in ["songs", "real"] {
        let sections = &metrics[set]["sections"];
        let share = |name: &str| sections[name].as_f64().unwrap();
        assert_eq!(share("named"), share("verse"), "{set}: every named song has a verse");
        for name in ["intro", "chorus", "bridge", "outro"] {
            assert!(share(name) <= share("named"), "{set} {name}: {sections}");
        }
        let effective = metrics[set]["features"]["effective_measures"]["max"].as_f64().unwrap();
        assert!((1.0..=4.0).contains(&effective), "{set}: {effective}");
    }
    let page = project.text("artifacts/p/report/report.html");
    assert_eq!(page.matches("class=\"form\"").count(), 5);
}

#[test]
fn every_set_of_songs_is_compared_with_equally_many_real_ones() {
    let (project, _, metrics) = evaluate(&WHOLE.replace("count: 2", "count: 20"));
    let kinds = metrics["two_sample"].as_object().unwrap();
    assert_eq!(kinds.len(), KINDS.len());
    for kind in KINDS {
        let figures = &kinds[kind];
        assert_eq!(figures["count"], 20, "{kind}");
        let shares = ["nearest_accuracy", "classifier_accuracy", "precision", "recall", "coverage"];
        for share in shares {
            let value = figures[share].as_f64().unwrap();
            assert!((0.0..=1.0).contains(&value), "{kind}.{share}: {value}");
        }
        let density = &figures["features"]["onset_density"];
        assert!(density["wasserstein"].as_f64().unwrap() >= 0.0, "{kind}: {density}");
        assert!(density["overlap"].as_f64().unwrap() <= 1.0, "{kind}: {density}");
    }
    // The mean roll has exactly as many notes as the real songs, and the classifier separates noise from music.
    assert_eq!(kinds["mean_roll"]["features"]["onsets"]["wasserstein"], 0.0);
    let told = kinds["noise"]["classifier_accuracy"].as_f64().unwrap();
    assert!(told > 0.8, "{told}");
    let table = project.call(&["stats", "p/report", "--sql", "select count(*) as n from self"]);
    assert_eq!(table.code, 0, "{}", table.stderr);
    let page = project.text("artifacts/p/report/report.html");
    assert!(
        page.contains("Two-sample test: real or generated") && page.contains("Shuffled measures")
    );
}

#[test]
fn judges_compare_generated_songs_with_the_judging_samples() {
    let many = WHOLE.replace("songs: 6", "songs: 60").replace("count: 2", "count: 12");
    let (project, _, metrics) =
        evaluate(&many.replace("validation: 0.3", "validation: 0.3, judging: 0.4"));
    let judges = &metrics["judges"];
    assert_eq!((&judges["side"], &judges["songs"]), (&"judging".into(), &12.into()));
    assert_eq!((&judges["others"], &judges["moved"]), (&12.into(), &0.05.into()));
    let accuracy = |judge: &str| judges[judge]["accuracy"].as_f64().unwrap();
    for judge in ["features", "neighbour", "counts", "trees", "notes"] {
        for number in ["low", "high", "null", "power", "reconstructed", "train", "shuffled"] {
            let value = judges[judge][number].as_f64().unwrap();
            assert!((0.0..=1.0).contains(&value), "{judge}.{number}: {value}");
        }
        assert!(accuracy(judge) <= accuracy("worst"), "{judge}");
    }
    // A network of one epoch: nobody takes its songs for music.
    assert!(accuracy("worst") > 0.9, "{judges:#}");
    let worst = judges["worst"]["judge"].as_str().unwrap();
    assert_eq!(judges[worst]["power"], judges["worst"]["power"]);
    assert_eq!(judges["clues"].as_array().unwrap().len(), 12);
    let page = project.text("artifacts/p/report/report.html");
    assert!(page.contains("id=\"judges\"") && page.contains("the judging samples"));
    assert!(page.contains("Worst judge: real or generated") && page.contains("bits per note"));
    // Such a network draws nearly the same measure again and again.
    let coder = &metrics["coder"];
    let bits = |place: &Value| place["bits_per_onset"].as_f64().unwrap();
    assert!(bits(&coder["drawn"]) > 0.1 && bits(&coder["drawn"]) + 1.0 < bits(coder), "{coder}");
    assert!(coder["learned"].as_u64().unwrap() > 10, "{coder}");

    let (_, _, metrics) = evaluate(&many);
    assert_eq!(metrics["judges"]["side"], "validation");
    assert!(metrics["judges"]["worst"]["null"].is_number());
}

#[test]
fn medians_of_generated_songs_are_compared_with_the_quartiles_of_real_songs() {
    let (_, _, metrics) = evaluate(&WHOLE.replace("count: 2", "count: 5"));
    let within = &metrics["songs"]["within_quartiles"];
    let inside = |name: &&str| {
        let of = |set: &str, what: &str| metrics[set]["features"][*name][what].as_f64().unwrap();
        let median = of("songs", "median");
        of("real", "q1") <= median && median <= of("real", "q3")
    };
    for name in KEY_FEATURES {
        assert_eq!(within[name], inside(&name), "{name}: {within}");
    }
    assert_eq!(within["count"], KEY_FEATURES.iter().filter(|name| inside(name)).count());
}

#[test]
fn rank_correlation_of_equal_songs_is_one() {
    let (_, _, metrics) = evaluate(&WHOLE.replace("count: 2", "count: 5"));
    for set in ["songs", "real"] {
        let correlation = metrics[set]["rank_correlation"].as_f64().unwrap();
        assert!((-1.0..=1.0).contains(&correlation), "{set}: {correlation}");
    }
    // At temperature 0 all songs are equal.
    let same = WHOLE.replace("count: 2", "count: 3, temperature: 0");
    let correlation = evaluate(&same).2["songs"]["rank_correlation"].as_f64().unwrap();
    assert!((correlation - 1.0).abs() < 1e-9, "{correlation}");
}

#[test]
fn every_ranking_of_all_cells_has_an_average_precision() {
    let (_, _, metrics) = evaluate(WHOLE);
    let reconstruction = &metrics["reconstruction"];
    let of = |place: &Value| place["average_precision"].as_f64().unwrap();
    let baselines = &reconstruction["baselines"];
    for value in [of(reconstruction), of(&baselines["pca"]), of(&baselines["mean_roll"])] {
        assert!(value > 0.0 && value <= 1.0, "{reconstruction:#}");
    }
    assert!(of(&baselines["pca"]) > of(&baselines["mean_roll"]), "{baselines:#}");
    assert!(baselines["all_zero"].get("average_precision").is_none());
}

#[test]
fn metrics_that_are_undefined_for_few_or_no_songs_are_null() {
    let (project, _, metrics) = evaluate(WHOLE);
    let drawn = &metrics["two_sample"]["drawn"];
    assert!(drawn["classifier_accuracy"].is_null() && drawn["precision"].is_null(), "{drawn}");
    let page = project.text("artifacts/p/report/report.html");
    assert!(!page.contains("NaN") && !page.contains("id=\"nearest-3\""));

    let without =
        WHOLE.replace(", songs: drawn }", " }").replace("validation: 0.3", "validation: 0");
    let (project, run, metrics) = evaluate(&without);
    assert!(run.stderr.contains("no validation samples"), "{}", run.stderr);
    assert_eq!(metrics["reconstruction"]["on"], "train");
    for place in [
        "/songs/nearest_training",
        "/songs/nearest_moved",
        "/songs/sections/named",
        "/copying/recall",
        "/songs/rank_correlation",
        "/songs/within_quartiles/count",
        "/real/nearest_training",
        "/two_sample/drawn/nearest_accuracy",
        "/two_sample/train/nearest_accuracy",
        "/judges/worst/judge",
        "/judges/trees/accuracy",
        "/judges/notes/null",
        "/coder/bits_per_onset",
        "/coder/drawn/bits_per_onset",
    ] {
        assert_eq!(metrics.pointer(place), Some(&Value::Null), "{place}");
    }
    assert!(metrics["two_sample"]["noise"]["nearest_accuracy"].is_number());
    let page = project.text("artifacts/p/report/report.html");
    assert!(!page.contains("NaN") && !page.contains("id=\"copying\""));
}

#[test]
fn songs_of_another_network_are_evaluated_without_rank_correlation() {
    let (head, rest) = WHOLE.split_once("  drawn:").unwrap();
    let train = head.split_once("  train:").unwrap().1;
    let other = format!("  other:{}", train.replace("latent: 2", "latent: 3"));
    let rest = rest.replacen("train.model", "other.model", 1);
    let (_, run, metrics) = evaluate(&format!("{head}{other}  drawn:{rest}"));
    assert!(run.stderr.contains("generated by another model"), "{}", run.stderr);
    assert!(metrics["songs"]["rank_correlation"].is_null());
    assert!(metrics["songs"]["nearest_training"]["median"].is_number());
}

#[test]
fn refined_codes_are_evaluated_beside_those_of_the_encoder() {
    for network in ["thesis", "factored"] {
        let yaml =
            WHOLE.replace("{ measure_hidden", &format!("{{ network: {network}, measure_hidden"));
        let (project, _, plain) = evaluate(&yaml);
        let refine = ["--set", "stages.report.params.refine=40"];
        assert_eq!(project.run(&refine).executed(), ["report"]);
        let refined: Value =
            serde_json::from_str(&project.text("artifacts/p/report/metrics.json")).unwrap();
        let of = |metrics: &Value, name: &str| metrics.pointer(name).unwrap().as_f64().unwrap();
        let (f1, encoder) = ("/reconstruction/f1", "/reconstruction/encoder/f1");
        assert_eq!(of(&plain, f1), of(&plain, encoder));
        assert_eq!(of(&refined, encoder), of(&plain, f1));
        assert_eq!(of(&refined, "/reconstruction/refined_steps"), 40.0);
        let precision = "/reconstruction/average_precision";
        assert_ne!(of(&refined, precision), of(&plain, precision), "{network}");
        let page = project.text("artifacts/p/report/report.html");
        assert!(page.contains("refined by 40 gradient steps"), "{network}");
    }
}
