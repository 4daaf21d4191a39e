//! The text of `runs`, without times, ids and durations.

use crate::project::{Outcome, Project};
use crate::tiny::{WHOLE, chain};
use serde_json::json;

/// Returns the output of a call, whose lines must fit the width.
fn answer(project: &Project, arguments: &[&str]) -> String {
    let call = project.call_plain(arguments);
    assert_eq!((call.code, call.stderr.as_str()), (0, ""), "{call:?}");
    for line in call.stdout.lines() {
        assert!(line.chars().count() <= 100 && line.trim_end() == line, "'{line}'");
    }
    call.stdout
}

fn filtered(check: impl FnOnce()) {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\d{14}_", "YYYYMMDDhhmmss_");
    settings.add_filter(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "YYYY-MM-DD hh:mm:ss");
    settings.add_filter(r"\d{4}-\d\d-\d\d \d\d:\d\d", "YYYY-MM-DD hh:mm");
    settings.add_filter(r"partita \d+\.\d+\.\d+", "partita <version>");
    settings.add_filter(r"(loss|F1|baseline) [\d.]+", "$1 <x>");
    settings.bind(check);
}

/// Writes fixed times to a run's summary and returns its folder.
fn timed(project: &Project, run: &Outcome) -> String {
    let folder = project.run_folder(run);
    let mut summary = run.json.clone();
    summary["seconds"] = json!(75.5);
    for stage in summary["stages"].as_array_mut().unwrap() {
        stage["seconds"] = json!(if stage["outcome"] == "ran" { 12.5 } else { 0.0 });
    }
    project.write(&format!("{folder}/summary.json"), summary.to_string());
    folder
}

/// Two runs with fixed metrics: training results depend on the processor.
fn two_runs() -> Project {
    let project = Project::of(&format!("about: Every kind of stage\n{WHOLE}"));
    let run = |options: &[&str], f1: f64, nats: f64| {
        let folder = timed(&project, &project.run(options));
        let metrics = json!({
            "reconstruction": {
                "f1": f1, "half": { "f1": 0.0 }, "on": "validation", "samples": 40,
                "baselines": { "mean_roll": { "f1": 0.1, "recall": 0.1 } },
            },
            "latent": { "active_units": 2, "kl_nats": nats },
            "songs": { "pair_jaccard": null, "features": { "notes": { "min": nats } } },
        });
        project.write(&format!("{folder}/metrics.json"), metrics.to_string());
    };
    run(&["--run-id", "A"], 0.25, 12.5);
    project.change("count: 2", "count: 3");
    run(&["--run-id", "B", "--note", "one more song"], 0.3125, 1234.5);
    project
}

#[test]
fn list_has_one_line_per_run() {
    let project = two_runs();
    filtered(|| {
        insta::assert_snapshot!(answer(&project, &["runs"]), @r"
    run               pipeline  outcome  started (UTC)     took  stages             F1
    YYYYMMDDhhmmss_B  p         done     YYYY-MM-DD hh:mm  1:16  2 ran, 4 fresh  0.312
    YYYYMMDDhhmmss_A  p         done     YYYY-MM-DD hh:mm  1:16  6 ran           0.250
    ")
    });
}

#[test]
fn run_is_shown_with_stages_parameters_and_metrics() {
    let project = two_runs();
    filtered(|| {
        insta::assert_snapshot!(answer(&project, &["runs", "show", "B"]), @r"
    run       YYYYMMDDhhmmss_B
    pipeline  p: Every kind of stage
    file      pipelines/p.yaml
    outcome   done in 1:16: 2 ran, 4 fresh
    started   YYYY-MM-DD hh:mm:ss UTC
    ended     YYYY-MM-DD hh:mm:ss UTC
    note      one more song
    seed      1
    device    cpu, partita <version>
    folder    artifacts/runs/YYYYMMDDhhmmss_B
    songs     artifacts/runs/YYYYMMDDhhmmss_B/songs/midi
    report    artifacts/runs/YYYYMMDDhhmmss_B/report.html

    Stages
      songs    compose   fresh          6 songs
      catalog  scan      fresh          6 files: 6 usable in 6 groups, 0 skipped
      rolls    extract   fresh          29 training and 40 validation samples of 6 songs
      train    train     fresh          1 epoch, loss <x>, validation loss <x>
      drawn    generate  ran    12.5 s  3 songs, median 68 onsets
      report   evaluate  ran    12.5 s  F1 <x> (best baseline <x>), 0 of 2 latent units active, 3 s…

    Non-default parameters
      songs  songs           6    (default 240)
      rolls  measures        4    (default 16)
             steps           16   (default 96)
             pitches         48   (default 96)
             lowest_pitch    36   (default 16)
             validation      0.3  (default 0.1)
             least_onsets    1    (default 32)
      train  measure_hidden  8    (default 0)
             measure_code    4    (default 0)
             song_hidden     8    (default 0)
             latent          2    (default 120)
             songs           1    (default 3)
             batch           8    (default 64)
             epochs          1    (default 20)
      drawn  count           3    (default 16)

    Metrics
      reconstruction.f1                          0.3125
      reconstruction.baselines.mean_roll.f1      0.1000
      reconstruction.half.f1                          0
      reconstruction.on                      validation
      reconstruction.samples                         40
      latent.active_units                             2
      latent.kl_nats                            1,234.5
      songs.pair_jaccard                              -
      … and 2 more: --json, or the report
    ")
    });
}

#[test]
fn diff_has_settings_metrics_and_stages() {
    let project = two_runs();
    filtered(|| {
        insta::assert_snapshot!(answer(&project, &["runs", "diff", "A", "B"]), @r"
    A  YYYYMMDDhhmmss_A  p  done  YYYY-MM-DD hh:mm:ss  1:16  cpu
    B  YYYYMMDDhhmmss_B  p  done  YYYY-MM-DD hh:mm:ss  1:16  cpu

    Settings
                    A  B
      drawn  count  2  3

    Metrics
                                                      A           B     B - A
      reconstruction.f1                          0.2500      0.3125   +0.0625  B is better
      reconstruction.baselines.mean_roll.f1      0.1000      0.1000         =
      reconstruction.half.f1                          0           0         =
      reconstruction.on                      validation  validation         =
      reconstruction.samples                         40          40         =
      latent.active_units                             2           2         =
      latent.kl_nats                               12.5     1,234.5  +1,222.0
      songs.pair_jaccard                              -           -         =
      … and 2 more, 1 of them different: --json

    Stages
               A            B              outputs
      songs    ran  12.5 s  fresh          same
      catalog  ran  12.5 s  fresh          same
      rolls    ran  12.5 s  fresh          same
      train    ran  12.5 s  fresh          same
      drawn    ran  12.5 s  ran    12.5 s  differ: parameter count changed: 2 -> 3
      report   ran  12.5 s  ran    12.5 s  differ: upstream songs changed: ~latents.npy and 5 more
    ")
    });
}

#[test]
fn diff_of_commands_lists_long_settings() {
    let project = chain();
    timed(&project, &project.run(&["--run-id", "A"]));
    let long = "sort --reverse --ignore-case --buffer-size=16M --temporary-directory=/tmp {text}";
    project.change("sort {text}", long);
    timed(&project, &project.run(&["--run-id", "B", "--set", "seed=7"]));
    filtered(|| {
        insta::assert_snapshot!(answer(&project, &["runs", "diff", "A", "B"]), @r"
    A  YYYYMMDDhhmmss_A  p  done  YYYY-MM-DD hh:mm:ss  1:16  cpu
    B  YYYYMMDDhhmmss_B  p  done  YYYY-MM-DD hh:mm:ss  1:16  cpu

    Settings
                      A  B
      pipeline  seed  1  7
      sorted  run
        A  sort {text} > {out}/sorted.txt
        B  sort --reverse --ignore-case --buffer-size=16M --temporary-directory=/tmp {text} >
           {out}/sorted.txt

    Stages
              A            B              outputs
      lower   ran  12.5 s  fresh          same
      sorted  ran  12.5 s  ran    12.5 s  differ: command line changed
      count   ran  12.5 s  ran    12.5 s  differ: upstream text changed: ~sorted.txt
      lone    ran  12.5 s  fresh          same
    ")
    });
}
