//! The report in a browser: with a pointer, with the keyboard, and in print.

use crate::browser::Browser;
use crate::project::{Project, eventually};
use crate::tiny::{WHOLE, train_stage};
use serde_json::json;
use std::path::PathBuf;

/// Opens a report of three songs in a browser; `None` without a browser.
fn open_report() -> Option<(Project, Browser)> {
    let mut browser = Browser::new()?;
    let project = Project::of(&WHOLE.replace("count: 2", "count: 3"));
    project.run(&[]);
    browser.open(&report(&project));
    Some((project, browser))
}

fn report(project: &Project) -> PathBuf {
    project.path("artifacts/p/report/report.html")
}

/// Returns the position of a song's playhead, as a percentage of its picture.
fn head(browser: &mut Browser, song: usize) -> f64 {
    let head = format!("parseFloat(document.querySelectorAll('.head')[{song}].style.left || 0)");
    browser.value(&head).as_f64().unwrap()
}

/// Returns the label of each play button.
fn buttons(browser: &mut Browser) -> Vec<String> {
    let labels = "[...document.querySelectorAll('.play')].map((b) => b.getAttribute('aria-label'))";
    serde_json::from_value(browser.value(labels)).unwrap()
}

const SOUND: &str = "(() => {
    globalThis.ear ??= synthesiser.output.connect(new AnalyserNode(synthesiser.context));
    const heard = new Float32Array(ear.fftSize);
    ear.getFloatTimeDomainData(heard);
    return heard.some((value) => Math.abs(value) > 0.01);
})()";

#[test]
fn click_plays_a_song_and_moves_its_playhead_and_a_second_click_pauses_it() {
    let Some((_project, mut browser)) = open_report() else { return };
    assert_eq!(buttons(&mut browser), ["Play song-001", "Play song-002", "Play song-003"]);
    browser.click(".play", 0.5);
    browser.wait_for("document.querySelector('.play').ariaLabel === 'Pause song-001'");
    browser.wait_for("synthesiser !== null && synthesiser.context.state === 'running'");
    browser.wait_for(SOUND);
    let first = head(&mut browser, 0);
    eventually("the playhead", || head(&mut browser, 0) > first + 1.0);
    browser.wait_for("document.querySelector('.place').value > 0");
    let picture = browser.screenshot();
    assert!(picture.starts_with(b"\x89PNG") && picture.len() > 10_000, "{}", picture.len());
    // Kept for inspection.
    fs_err::write(concat!(env!("CARGO_TARGET_TMPDIR"), "/report.png"), picture).unwrap();
    browser.click(".play", 0.5);
    browser.wait_for("document.querySelector('.play').ariaLabel === 'Play song-001'");
    let paused = head(&mut browser, 0);
    browser.wait_for(&format!("!({SOUND})"));
    assert_eq!(head(&mut browser, 0), paused);
    assert!(paused > first);
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn page_plays_each_note_of_a_song_at_its_step() {
    let Some((project, mut browser)) = open_report() else { return };
    // Two seconds a measure of 16 steps; the lowest of its 48 rows is MIDI pitch 36.
    let roll = project.bytes("artifacts/p/drawn/songs/npy/song-002.npy");
    let cells = &roll[roll.len() - 4 * 16 * 48..];
    let onsets = cells.iter().enumerate().filter(|(_, cell)| **cell == 1);
    let mut expected: Vec<(u64, u64)> =
        onsets.map(|(cell, _)| (cell as u64 / 48 * 125, cell as u64 % 48 + 36)).collect();
    expected.sort_unstable();
    let notes = browser.value(
        "playerOf(document.querySelectorAll('.play')[1]).notes()
            .map((note) => [Math.round(note.at * 1000), note.pitch])
            .sort((a, b) => a[0] - b[0] || a[1] - b[1])",
    );
    assert!(!expected.is_empty());
    assert_eq!(notes, json!(expected));
    let long = "playerOf(document.querySelectorAll('.play')[1]).notes()
        .every((note) => note.until > note.at && note.velocity > 0 && note.velocity <= 1)";
    assert_eq!(browser.value(long), true);
}

#[test]
fn unreadable_song_shows_an_error_and_the_others_still_play() {
    let Some((_project, mut browser)) = open_report() else { return };
    browser.value("document.querySelector('a[download]').href = 'data:audio/midi;base64,TVRoZA=='");
    browser.click(".play", 0.5);
    browser.wait_for("document.querySelector('.clock').textContent.startsWith('No sound: ')");
    assert_eq!(buttons(&mut browser)[0], "Play song-001");
    browser.click(".song:nth-child(2) .play", 0.5);
    browser.wait_for("playing?.channel != null && playing.title === 'song-002'");
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn only_one_song_plays_at_a_time() {
    let Some((_project, mut browser)) = open_report() else { return };
    browser.click(".play", 0.5);
    browser.wait_for("playing?.channel != null && playing.title === 'song-001'");
    browser.click(".song:nth-child(2) .play", 0.5);
    browser.wait_for("playing?.channel != null && playing.title === 'song-002'");
    assert_eq!(buttons(&mut browser), ["Play song-001", "Pause song-002", "Play song-003"]);
    let left = head(&mut browser, 0);
    let second = head(&mut browser, 1);
    eventually("the second playhead", || head(&mut browser, 1) > second + 1.0);
    assert_eq!(head(&mut browser, 0), left);
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn click_in_the_picture_seeks_and_the_end_of_a_song_returns_to_its_start() {
    let Some((_project, mut browser)) = open_report() else { return };
    browser.click(".roll", 0.5);
    let place = head(&mut browser, 0);
    assert!((place - 50.0).abs() < 0.2, "{place}");
    assert_eq!(buttons(&mut browser)[0], "Play song-001");
    // Just before the end of its eight seconds.
    browser.click(".roll", 0.95);
    browser.click(".play", 0.5);
    browser.wait_for("document.querySelector('.play').ariaLabel === 'Pause song-001'");
    browser.wait_for("document.querySelector('.play').ariaLabel === 'Play song-001'");
    assert_eq!(browser.value("document.querySelector('.place').value"), "0");
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn keyboard_reaches_and_operates_all_controls() {
    let Some((_project, mut browser)) = open_report() else { return };
    let focus = "(() => { const e = document.activeElement;
        return e.getAttribute('aria-label') ?? e.textContent.trim(); })()";
    let mut reached = Vec::new();
    for _ in 0..100 {
        browser.press("Tab");
        reached.push(browser.value(focus).as_str().unwrap().to_owned());
        if reached.last().is_some_and(|name| name == "Position in song-001") {
            break;
        }
    }
    let names = ["MIDI of song-001", "MusicXML of song-001", "NumPy of song-001", "Play song-001"];
    let last = &reached[reached.len().saturating_sub(5)..];
    assert_eq!(last, [&names[..], &["Position in song-001"]].concat(), "{reached:?}");
    let place = "document.activeElement.getAttribute('aria-valuetext')";
    for _ in 0..5 {
        browser.press("ArrowRight");
    }
    assert_eq!(browser.value(place), "measure 2, beat 2");
    browser.press("Home");
    assert_eq!(browser.value(place), "measure 1, beat 1");
    browser.value("document.querySelector('.play').focus()");
    for (key, label) in [("Enter", "Pause song-001"), (" ", "Play song-001")] {
        browser.press(key);
        browser.wait_for(&format!("document.activeElement.ariaLabel === '{label}'"));
    }
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn downloads_equal_the_files_of_a_song() {
    let Some((project, mut browser)) = open_report() else { return };
    let folder = browser.downloads();
    for (selector, kind, name) in [
        ("a[download]", "midi", "song-001.mid"),
        ("[data-file$=musicxml]", "sheet", "song-001.musicxml"),
        ("[data-file$=npy]", "npy", "song-001.npy"),
    ] {
        browser.click(selector, 0.5);
        let file = folder.join(name);
        let expected = project.bytes(&format!("artifacts/p/drawn/songs/{kind}/{name}"));
        eventually(name, || fs_err::read(&file).is_ok_and(|bytes| bytes == expected));
    }
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn playhead_moves_from_beat_to_beat_with_reduced_motion() {
    let Some((_project, mut browser)) = open_report() else { return };
    browser.media("screen", &[("prefers-reduced-motion", "reduce")]);
    browser.click(".play", 0.5);
    browser.wait_for("document.querySelector('.place').value >= 2");
    let places = browser.value(
        "new Promise((told) => { const seen = new Set(); const end = performance.now() + 1200;
            (function look() { seen.add(document.querySelector('.head').style.left);
                performance.now() < end ? requestAnimationFrame(look) : told(seen.size); })(); })",
    );
    // A beat is half a second.
    assert!((2..=5).contains(&places.as_u64().unwrap()), "{places}");
}

#[test]
fn print_and_pages_without_scripts_show_no_unusable_controls() {
    let Some((project, mut browser)) = open_report() else { return };
    let shown = "[...document.querySelectorAll('.player, .head, .button')]
        .filter((element) => element.checkVisibility()).map((element) => element.textContent)";
    assert_eq!(browser.value(shown).as_array().unwrap().len(), 3 + 3 * 3);
    browser.media("print", &[]);
    assert_eq!(browser.value(shown), json!([]));
    assert_eq!(browser.value("document.querySelector('.song img').checkVisibility()"), true);
    browser.media("screen", &[]);
    browser.call("Emulation.setScriptExecutionDisabled", json!({ "value": true }));
    browser.open(&report(&project));
    let midi = [1, 2, 3].map(|song| format!("MIDI of song-00{song}"));
    assert_eq!(browser.value(shown), json!(midi));
}

#[test]
fn page_fits_the_width_of_a_phone() {
    let Some((_project, mut browser)) = open_report() else { return };
    browser.window(390, 844);
    let wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
    assert_eq!(browser.value(wider), 0);
    browser.click(".play", 0.5);
    browser.wait_for("playing?.channel != null");
    // The picture is wider than the window, and scrolls page by page.
    browser.wait_for("document.querySelector('.song .scroll').scrollLeft > 0");
    assert_eq!(browser.complaints(), [""; 0]);
}

/// The thesis' grid, and the smallest values of everything else.
const HUNDRED: &str = concat!(
    "\
seed: 1
stages:
  songs: { uses: compose, params: { songs: 6 } }
  catalog: { uses: scan, from: { songs: songs } }
  rolls: { uses: extract, from: { catalog: catalog }, params: { validation: 0.3 } }
",
    train_stage!(),
    "  drawn: { uses: generate, from: { model: train.model }, params: { count: 100 } }
  report:
    uses: evaluate
    from: { samples: rolls, model: train.model, songs: drawn }
    params: { shown: 100 }
"
);

#[test]
fn page_of_a_hundred_songs_loads_in_less_than_a_second() {
    let Some(mut browser) = Browser::new() else { return };
    let project = Project::of(HUNDRED);
    project.run(&[]);
    let file = report(&project);
    let bytes = fs_err::metadata(&file).unwrap().len();
    let mut loads = Vec::new();
    for _ in 0..5 {
        let before = browser.cpu_seconds();
        browser.open(&file);
        let worked = browser.cpu_seconds() - before;
        let load = "performance.getEntriesByType('navigation')[0].loadEventEnd";
        loads.push((worked, browser.value(load).as_f64().unwrap() / 1000.0));
    }
    println!("{bytes} bytes; (CPU seconds, seconds to the load event): {loads:.3?}");
    assert_eq!(browser.value("document.querySelectorAll('.song').length"), 100);
    // Other programs may be running, so the smallest CPU time counts.
    let least = loads.iter().map(|(worked, _)| *worked).fold(f64::INFINITY, f64::min);
    assert!(least > 0.0 && least < 1.0, "{loads:?}");
    assert!(bytes < 6_000_000, "{bytes}");
    browser.click(".song:nth-child(100) .play", 0.5);
    browser.wait_for("playing?.channel != null && playing.title === 'song-100'");
    assert_eq!(browser.complaints(), [""; 0]);
}
