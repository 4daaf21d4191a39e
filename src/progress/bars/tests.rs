use super::*;
use crate::progress::script::{self, Hand};
use std::io::{self, Write};

const COLUMNS: usize = 80;

/// A terminal that obeys what [`Screen`] sends: text, `\r`, `\n`, moves, clearing a line, colours.
#[derive(Clone, Default)]
struct Terminal(Arc<Mutex<Grid>>);

#[derive(Default)]
struct Grid {
    rows: Vec<Vec<char>>,
    row: usize,
    column: usize,
    /// Rows that text ran into from the row above.
    wrapped: Vec<usize>,
    coloured: bool,
    escape: Option<String>,
}

impl Grid {
    fn put(&mut self, c: char) {
        if self.column == COLUMNS {
            self.row += 1;
            self.column = 0;
            self.wrapped.push(self.row);
        }
        while self.rows.len() <= self.row {
            self.rows.push(vec![' '; COLUMNS]);
        }
        self.rows[self.row][self.column] = c;
        self.column += 1;
    }

    fn take(&mut self, c: char) {
        if let Some(sequence) = &mut self.escape {
            if c == '[' || c.is_ascii_digit() || c == ';' {
                sequence.push(c);
                return;
            }
            let n = sequence.trim_start_matches('[').parse().unwrap_or(1);
            self.escape = None;
            match c {
                'A' => self.row = self.row.checked_sub(n).expect("a move above the first row"),
                'B' => self.row += n,
                'K' => {
                    let row = self.row;
                    if let Some(row) = self.rows.get_mut(row) {
                        row.fill(' ');
                    }
                }
                'm' => self.coloured = true,
                other => panic!("unknown sequence {other:?}"),
            }
            return;
        }
        match c {
            '\x1b' => self.escape = Some(String::new()),
            '\r' => self.column = 0,
            '\n' => (self.row, self.column) = (self.row + 1, 0),
            c => {
                assert!(!c.is_control(), "{c:?} reached the terminal");
                self.put(c);
            }
        }
    }
}

impl Write for Terminal {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = std::str::from_utf8(bytes).expect("each redraw is one write");
        let mut grid = lock(&self.0);
        text.chars().for_each(|c| grid.take(c));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Terminal {
    fn bars(&self, moves: bool, colour: bool) -> Bars {
        let screen = Screen::new(Box::new(self.clone()), Box::new(|| (COLUMNS as u16, 24)));
        Bars::on(screen, None, moves, colour)
    }

    fn text(&self) -> String {
        let grid = lock(&self.0);
        let rows = grid.rows.iter().map(|row| row.iter().collect::<String>().trim_end().to_owned());
        let text = rows.collect::<Vec<_>>().join("\n");
        text.trim_end().to_owned()
    }
}

fn play(bars: &Bars, events: &[(f64, Event)]) {
    script::play(bars, &Hand::default(), events);
}

#[test]
fn a_finished_run_leaves_one_tidy_line_per_stage() {
    let terminal = Terminal::default();
    play(&terminal.bars(true, false), &script::eventful());
    insta::assert_snapshot!(terminal.text(), @r#"
        · demo: 6 stages, run 20260103135728_RUN01
        · input files   1 of 625 read, 12 kB
        ↺ themes        restored
        ! catalog       data/␛[31mred␊.mid: not a MIDI file; left out
        · catalog       2 parts made, 623 taken from the last run
        ✓ catalog       ran         1.2 s   625 files: 583 ok, 42 left out
        = train         fresh
        ✗ songs         failed      0.2 s   artifacts/work: no space left on device
        - report        blocked by songs
        ✗ failed in 1.7 s: 1 ran, 1 fresh, 1 restored, 1 failed, 1 blocked
        "#);
    assert!(!lock(&terminal.0).coloured);
}

#[test]
fn the_reading_of_input_files_moves_and_leaves_one_line() {
    let terminal = Terminal::default();
    let bars = terminal.bars(true, false);
    let events = script::reading();
    play(&bars, &events[..1]);
    let text = terminal.text();
    assert!(text.contains("input files") && text.contains("15,000/30,000 files"), "{text}");
    assert!(text.contains("380 MB of 760 MB"), "{text}");
    play(&bars, &events[1..events.len() - 1]);
    insta::assert_snapshot!(terminal.text(), @r#"
        · demo: 1 stage, run 20260103135728_RUN01
        · input files   30,000 of 30,000 read, 760 MB
        "#);
}

#[test]
fn colours_change_no_letter() {
    let (plain, coloured) = (Terminal::default(), Terminal::default());
    play(&plain.bars(true, false), &script::eventful());
    play(&coloured.bars(true, true), &script::eventful());
    assert_eq!(plain.text(), coloured.text());
    assert!(lock(&coloured.0).coloured);
}

#[test]
fn an_interruption_is_acknowledged_above_the_running_line() {
    let terminal = Terminal::default();
    let bars = terminal.bars(true, false);
    let events = script::interrupted();
    let (before, after) = events.split_at(events.len() - 2);
    play(&bars, before);
    let text = terminal.text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[1], "! stopping after the current step; press Ctrl-C again to stop at once");
    assert!(lines[2].contains("train") && lines[2].contains("/2,000 steps"), "{text}");
    assert_eq!(lines.len(), 3);
    play(&bars, after);
    let text = terminal.text();
    assert!(text.lines().any(|line| line.starts_with("■ train         interrupted")), "{text}");
    assert!(text.ends_with("■ interrupted in 2:06: 1 interrupted"), "{text}");
}

#[test]
fn running_stages_stand_below_what_stays() {
    let terminal = Terminal::default();
    let bars = terminal.bars(true, false);
    play(
        &bars,
        &[
            (0.0, script::run_started(3)),
            (0.0, script::started("pianorolls", "extract")),
            (0.0, script::started("train[latent=40,beta=0.1]", "train")),
            (0.0, script::progress("pianorolls", "files", 412, 625)),
            (0.0, script::epoch("train[latent=40,beta=0.1]", 30, 200, "epoch 3 of 20, loss 412.1")),
            (0.0, script::note("pianorolls", "a note that work follows")),
            (0.0, script::progress("pianorolls", "files", 625, 625)),
            (0.0, script::note("pianorolls", "8,012 samples of 583 songs")),
            (0.0, script::warning(None, "the corpus is read from a network disk")),
            (0.0, finished_ran("pianorolls")),
        ],
    );
    // The moving line holds a spinner and times: only its fixed part is compared.
    let text = terminal.text();
    let (kept, moving) = text.rsplit_once('\n').expect("several lines");
    insta::assert_snapshot!(kept, @r#"
        · demo: 3 stages, run 20260103135728_RUN01
        · pianorolls                 a note that work follows
        ! the corpus is read from a network disk
        ✓ pianorolls                 ran         3.2 s   8,012 samples of 583 songs
        "#);
    assert!(moving.contains(" train[latent=40,beta=0.1]  "), "{text}");
    assert!(moving.contains(" 30/200 steps"), "{text}");
    assert!(moving.contains("epoch 3 of 20"), "{text}");
}

fn finished_ran(stage: &str) -> Event {
    script::finished(stage, Outcome::Ran, 3.21, "")
}

#[test]
fn long_and_hostile_texts_are_folded_and_never_wrap() {
    let terminal = Terminal::default();
    let path = format!("data/{}/\x1b]0;title\x07\u{202e}.mid", "very long folder name/".repeat(6));
    let long = "sweep[".to_owned() + &"latent=40,".repeat(9) + "beta=0.1]";
    play(
        &terminal.bars(false, false),
        &[
            (0.0, script::started(&long, "scan")),
            (0.0, script::warning(None, &path)),
            (0.0, script::warning(Some(&long), &path)),
            (0.0, script::finished(&long, Outcome::Failed, 4000.0, &path)),
            (0.0, script::finished("report", Outcome::Blocked, 0.0, &long)),
        ],
    );
    insta::assert_snapshot!(terminal.text(), @r#"
        ! data/very long folder name/very long folder name/very long folder name/very
            long folder name/very long folder name/very long folder
            name//␛]0;title␇�.mid
        ! sweep[latent…=40,beta=0.1]
            data/very long folder name/very long folder name/very long folder name/very
            long folder name/very long folder name/very long folder
            name//␛]0;title␇�.mid
        ✗ sweep[latent…=40,beta=0.1]  failed    1:06:40
            data/very long folder name/very long folder name/very long folder name/very
            long folder name/very long folder name/very long folder
            name//␛]0;title␇�.mid
        - report                      blocked by
            sweep[latent=40,latent=40,latent=40,latent=40,latent=40,latent=40,latent=40,
            latent=40,latent=40,beta=0.1]
        "#);
    assert!(lock(&terminal.0).wrapped.is_empty());
}

#[test]
fn without_a_terminal_nothing_moves() {
    let terminal = Terminal::default();
    let bars = terminal.bars(false, false);
    play(
        &bars,
        &[
            (0.0, script::started("catalog", "scan")),
            (0.0, script::progress("catalog", "files", 1, 2)),
        ],
    );
    assert_eq!(terminal.text(), "");
    play(&bars, &[(0.0, finished_ran("catalog"))]);
    assert_eq!(terminal.text(), "✓ catalog       ran         3.2 s   1/2 files");
}

#[test]
fn a_run_that_ends_without_a_last_word_leaves_no_half_line() {
    let terminal = Terminal::default();
    let bars = terminal.bars(true, false);
    play(&bars, &[(0.0, script::started("catalog", "scan"))]);
    assert!(terminal.text().contains("catalog"));
    drop(bars);
    assert_eq!(terminal.text(), "");
}

#[test]
fn a_terminal_that_went_away_stops_nothing() {
    struct Gone;
    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }
    let bars = Bars::on(Screen::new(Box::new(Gone), Box::new(|| (80, 24))), None, true, true);
    play(&bars, &script::eventful());
    play(&bars, &script::interrupted());
}

/// Moving lines at several widths: what they say, and what they leave out first.
#[test]
fn a_moving_line_fits_its_terminal_at_any_width() {
    let mut scan = Live::new("pianorolls", 12, "parameter measures: 8 -> 16");
    let mut shown = vec![scan.line(0.0, 0.0, 80, false)];
    scan.about.clear();
    scan.amount = Some(Amount { unit: "files", done: 412, total: 625 });
    shown.push(scan.line(0.5, 0.0, 80, false));
    shown.push(scan.line(0.7, 71.4, 80, false));
    scan.amount = Some(Amount { unit: "files", done: 412, total: 0 });
    shown.push(scan.line(71.0, 1203.0, 80, false));

    let mut train = Live::new("train[latent=120,beta=0.1]", 26, "");
    train.amount = Some(Amount { unit: "steps", done: 98, total: 6250 });
    train.about = "epoch 3 of 20, loss 412.1, validation 398.7, 1,203 active units".to_owned();
    shown.extend([140, 100, 80, 60, 40, 20].map(|width| train.line(12.3, 35.0, width, false)));
    insta::assert_snapshot!(shown.join("\n"), @r#"
        ⠋ pianorolls    0:00  parameter measures: 8 -> 16
        ⠴ pianorolls    ━━━━━━━━━━━━━━━╸────────  412/625 files
        ⠧ pianorolls    ━━━━━━━━━━━━━━━╸────────  412/625 files     71/s  0:03
        ⠋ pianorolls    412 files  1,203/s  1:11
        ⠸ train[latent=120,beta=0.1]  ───────────     98/6,250 steps     35/s  2:56  epoch 3 of 20, loss 412.1, validation 398.7, 1,203 active units
        ⠸ train[latent=120,beta=0.1]  ──────     98/6,250 steps     35/s  2:56  epoch 3 of 20, loss 412.1,…
        ⠸ train[latent=120,beta=0.1]     98/6,250 steps  2:56  epoch 3 of 20, loss 412.…
        ⠸ train[lat…,beta=0.1]  ───────────     98/6,250 steps  2:56
        ⠸ train[…a=0.1]     98/6,250 steps  2:56
        ⠸ tr….1]  2:56
        "#);

    for width in 12..200 {
        for live in [&scan, &train] {
            let line = live.line(12.3, 35.0, width, false);
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
    }
}
