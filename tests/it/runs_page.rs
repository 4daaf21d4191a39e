//! `runs diff --html`: runs, or instances of a sweep, on one page.

use crate::browser::Browser;
use crate::project::Project;
use crate::tiny::WHOLE;

const PAGE: &str = "out/compared.html";

fn page(project: &Project, runs: &[&str]) -> String {
    fs_err::create_dir_all(project.path("out")).unwrap();
    let call = project.call_plain(&[&["runs", "diff"], runs, &["--html", PAGE]].concat());
    assert_eq!((call.code, call.stdout.as_str()), (0, ""), "{call:?}");
    assert_eq!(call.stderr, format!("written: {PAGE}\n"));
    project.text(PAGE)
}

/// Returns the text between two others.
fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = text.split_once(from).unwrap_or_else(|| panic!("no '{from}'"));
    rest.split_once(to).map_or(rest, |(found, _)| found)
}

/// Returns stage and name of each parameter that differs according to the page.
fn differing(html: &str) -> Vec<(String, String)> {
    let section = between(html, "<section id=\"settings\"", "</section>");
    let rows = section.split("<th scope=\"row\">").skip(1);
    let name =
        |row: &str| (between(row, "about\">", "<").to_owned(), between(row, "", " <").to_owned());
    rows.map(name).collect()
}

fn two_runs() -> Project {
    let project = Project::of(WHOLE);
    project.run(&["--run-id", "A"]);
    project.change("epochs: 1", "epochs: 3");
    project.run(&["--run-id", "B"]);
    project
}

#[test]
fn page_shows_differing_settings_and_both_training_curves() {
    let project = two_runs();
    let html = page(&project, &["A", "B"]);
    assert_eq!(differing(&html), [("train".to_owned(), "epochs".to_owned())]);
    let values = between(&html, "<span class=\"about\">train</span></th>", "</tr>");
    assert_eq!(values, "<td>1</td><td>3</td>");
    for (run, name) in [("A", "_A</h3>"), ("B", "_B</h3>")] {
        assert!(
            html.contains(&format!("<span class=\"tag\">{run}</span> ")) && html.contains(name)
        );
    }
    let metrics = project.call(&["runs", "show", "B"]).json["metrics"]["report"].clone();
    let f1 = metrics["reconstruction"]["f1"].as_f64().unwrap();
    let row = between(&html, "<th scope=\"row\">reconstruction.f1</th>", "</tr>");
    assert!(row.contains(&format!("{f1:.3}")), "{row} for {f1}");
    // The network before training and one epoch, or three epochs.
    let loss = between(&html, "<h3>Loss, validation</h3>", "</figure>");
    assert!(loss.contains("A: ") && loss.contains("B: ") && loss.contains("at epoch 3"), "{loss}");
    assert_eq!(loss.matches("<g class=\"line line-").count(), 2);
    assert_eq!(page(&project, &["A", "B"]), html, "equal runs give equal pages");
}

#[test]
fn settings_of_a_stage_that_one_run_lacks_are_no_difference() {
    let project = two_runs();
    project.change("epochs: 3", "epochs: 4");
    project.run(&["--run-id", "C", "--until", "train"]);
    let html = page(&project, &["B", "C"]);
    assert_eq!(differing(&html), [("train".to_owned(), "epochs".to_owned())]);
    assert!(html.contains("B has no metrics."), "{html}");
}

#[test]
fn lists_are_not_shown_as_metrics() {
    let project = two_runs();
    let text = project.call_plain(&["runs", "diff", "A", "B"]).stdout;
    let widest = text.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(100), "{text}");
    assert!(!text.contains("by_unit") && text.contains("reconstruction.f1"), "{text}");
}

#[test]
fn instances_of_a_sweep_are_compared_by_their_settings() {
    let project = Project::of(
        &WHOLE
            .replace(
                "    from: { samples: rolls }\n",
                "    from: { samples: rolls }\n    matrix: { beta: [0.1, 0.5], latent: [2, 3] }\n",
            )
            .replace(" latent: 2,", ""),
    );
    project.run(&[]);
    let html = page(&project, &["last"]);
    let of = |name: &str| ("train".to_owned(), name.to_owned());
    assert_eq!(differing(&html), [of("beta"), of("latent")]);
    for label in ["A", "B", "C", "D"] {
        assert!(
            html.contains(&format!("<th scope=\"col\" class=\"number\">{label}</th>")),
            "{label}"
        );
    }
    let loss = between(&html, "<h3>Loss, training</h3>", "</figure>");
    assert_eq!(loss.matches("<g class=\"line line-").count(), 4);
    // All were evaluated on the same samples, whatever their number of latent units.
    assert!(!html.contains("Evaluated on different samples"));
}

#[test]
fn runs_evaluated_on_different_samples_have_no_best_one() {
    let project = two_runs();
    project.change("songs: 6", "songs: 12");
    project.run(&["--run-id", "C"]);
    let html = page(&project, &["A", "B", "C"]);
    assert!(html.contains("Evaluated on different samples"));
    assert!(!html.contains(">best<"));
    assert!(differing(&html).contains(&("songs".to_owned(), "songs".to_owned())));
}

#[test]
fn text_diff_requires_exactly_two_runs() {
    let project = two_runs();
    for runs in [&["A"][..], &["A", "B", "A"]] {
        let call = project.call(&[&["runs", "diff"], runs].concat());
        assert_eq!((call.code, call.error("code")), (2, "two_runs"), "{}", call.stdout);
        assert!(call.error("hint").contains("--html"));
    }
    let missing = project.call(&["runs", "diff", "A", "B", "--html", "nowhere/x.html"]);
    assert_eq!((missing.code, missing.error("code")), (2, "unwritable"));
    let both = project.call(&["runs", "diff", "A", "B", "--html", "x.html"]);
    assert!(project.exists("x.html") && both.json["changes"].is_array(), "{}", both.stdout);
}

#[test]
fn page_fits_a_phone_and_causes_no_browser_errors() {
    let Some(mut browser) = Browser::new() else { return };
    let project = two_runs();
    page(&project, &["A", "B"]);
    browser.window(390, 844);
    browser.open(&project.path(PAGE));
    let wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
    assert_eq!(browser.value(wider), 0);
    assert_eq!(browser.value("document.querySelectorAll('.chart').length"), 10);
    assert_eq!(browser.complaints(), [""; 0]);
}
