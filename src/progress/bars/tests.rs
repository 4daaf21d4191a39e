use super::*;
use crate::progress::testing::{self, FakeClock};
use std::io::{self, Write};

const COLUMNS: usize = 80;

/// A terminal that understands what [`Screen`] sends: text, `\r`, `\n`, moves, clearing a line, colours.
#[derive(Clone, Default)]
struct Terminal(Arc<Mutex<ScreenBuffer>>);

#[derive(Default)]
struct ScreenBuffer {
    rows: Vec<Vec<char>>,
    row: usize,
    column: usize,
    /// Rows that text of the row above overflowed into.
    wrapped: Vec<usize>,
    coloured: bool,
    escape: Option<String>,
}

impl ScreenBuffer {
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
        let mut buffer = lock(&self.0);
        text.chars().for_each(|c| buffer.take(c));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Terminal {
    fn bars(&self, moves: bool, colour: bool) -> Bars {
        let screen = Screen::new(Box::new(self.clone()), Arc::new(|| (COLUMNS as u16, 24)));
        Bars::on(screen, None, moves, colour)
    }

    fn text(&self) -> String {
        let buffer = lock(&self.0);
        let rows =
            buffer.rows.iter().map(|row| row.iter().collect::<String>().trim_end().to_owned());
        let text = rows.collect::<Vec<_>>().join("\n");
        text.trim_end().to_owned()
    }
}

fn play(bars: &Bars, events: &[(f64, Event)]) {
    testing::play(bars, &FakeClock::default(), events);
}

#[test]
fn finished_run_leaves_one_line_per_stage() {
    let terminal = Terminal::default();
    play(&terminal.bars(true, false), &testing::eventful());
    insta::assert_snapshot!(terminal.text(), @r#"
        · demo: 6 stages, run 20260103135728_RUN01
        · input files   1 of 625 read, 12.3 kB
        ↺ themes        restored
        ! catalog       data/␛[31mred␊.mid: not a MIDI file; skipped
        · catalog       2 parts computed, 623 reused
        ✓ catalog       ran         1.2 s   625 files: 583 ok, 42 skipped
        = train         fresh
        ✗ songs         failed      0.2 s   artifacts/work: no space left on device
        - report        blocked by songs
        ✗ failed in 1.7 s: 1 ran, 1 fresh, 1 restored, 1 failed, 1 blocked
        "#);
    assert!(!lock(&terminal.0).coloured);
}

#[test]
fn reading_of_input_files_moves_and_leaves_one_line() {
    let terminal = Terminal::default();
    let bars = terminal.bars(true, false);
    let events = testing::reading();
    play(&bars, &events[..1]);
    let text = terminal.text();
    assert!(text.contains("input files") && text.contains("15,000/30,000 files"), "{text}");
    assert!(text.contains("380.0 MB of 760.0 MB"), "{text}");
    play(&bars, &events[1..events.len() - 1]);
    insta::assert_snapshot!(terminal.text(), @r#"
        · demo: 1 stage, run 20260103135728_RUN01
        · input files   30,000 of 30,000 read, 760.0 MB
        "#);
}

#[test]
fn colours_change_no_text() {
    let (plain, coloured) = (Terminal::default(), Terminal::default());
    play(&plain.bars(true, false), &testing::eventful());
    play(&coloured.bars(true, true), &testing::eventful());
    assert_eq!(plain.text(), coloured.text());
    assert!(lock(&coloured.0).coloured);
}

#[test]
fn interruption_is_shown_above_the_moving_line() {
    let terminal = Terminal::default();
    let bars = terminal.bars(true, false);
    let events = testing::interrupted();
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
fn moving_lines_are_below_the_lasting_ones() {
    let terminal = Terminal::default();
    let bars = terminal.bars(true, false);
    play(
        &bars,
        &[
            (0.0, testing::run_started(3)),
            (0.0, testing::started("pianorolls", "extract")),
            (0.0, testing::started("train[latent=40,beta=0.1]", "train")),
            (0.0, testing::progress("pianorolls", "files", 412, 625)),
            (
                0.0,
                testing::epoch("train[latent=40,beta=0.1]", 30, 200, "epoch 3 of 20, loss 412.1"),
            ),
            (0.0, testing::note("pianorolls", "a note that work follows")),
            (0.0, testing::progress("pianorolls", "files", 625, 625)),
            (0.0, testing::note("pianorolls", "8,012 samples of 583 songs")),
            (0.0, testing::warning(None, "the corpus is read from a network disk")),
            (0.0, finished_ran("pianorolls")),
        ],
    );
    // The moving line has a spinner and times, so only its fixed part is compared.
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
    testing::finished(stage, Outcome::Ran, 3.21, "")
}

#[test]
fn long_and_hostile_texts_are_broken_to_fit_the_terminal() {
    let terminal = Terminal::default();
    let path = format!("data/{}/\x1b]0;title\x07\u{202e}.mid", "very long folder name/".repeat(6));
    let long = "sweep[".to_owned() + &"latent=40,".repeat(9) + "beta=0.1]";
    play(
        &terminal.bars(false, false),
        &[
            (0.0, testing::started(&long, "scan")),
            (0.0, testing::warning(None, &path)),
            (0.0, testing::warning(Some(&long), &path)),
            (0.0, testing::finished(&long, Outcome::Failed, 4000.0, &path)),
            (0.0, testing::finished("report", Outcome::Blocked, 0.0, &long)),
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
fn nothing_moves_without_a_terminal() {
    let terminal = Terminal::default();
    let bars = terminal.bars(false, false);
    play(
        &bars,
        &[
            (0.0, testing::started("catalog", "scan")),
            (0.0, testing::progress("catalog", "files", 1, 2)),
        ],
    );
    assert_eq!(terminal.text(), "");
    play(&bars, &[(0.0, finished_ran("catalog"))]);
    assert_eq!(terminal.text(), "✓ catalog       ran         3.2 s   1/2 files");
}

#[test]
fn run_without_a_last_event_leaves_no_moving_line() {
    let terminal = Terminal::default();
    let bars = terminal.bars(true, false);
    play(&bars, &[(0.0, testing::started("catalog", "scan"))]);
    assert!(terminal.text().contains("catalog"));
    drop(bars);
    assert_eq!(terminal.text(), "");
}

#[test]
fn closed_terminal_is_ignored() {
    struct Gone;
    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }
    let bars = Bars::on(Screen::new(Box::new(Gone), Arc::new(|| (80, 24))), None, true, true);
    play(&bars, &testing::eventful());
    play(&bars, &testing::interrupted());
}

#[test]
fn moving_line_fits_the_terminal_at_any_width() {
    let mut scan = StageLine::new(&StageId("pianorolls".into()), 12, "parameter measures: 8 -> 16");
    let mut shown = vec![scan.format(0.0, 0.0, 80, false)];
    scan.about.clear();
    scan.progress = Some(StageProgress { unit: "files", done: 412, total: 625 });
    shown.push(scan.format(0.5, 0.0, 80, false));
    shown.push(scan.format(0.7, 71.4, 80, false));
    scan.progress = Some(StageProgress { unit: "files", done: 412, total: 0 });
    shown.push(scan.format(71.0, 1203.0, 80, false));

    let mut train = StageLine::new(&StageId("train[latent=120,beta=0.1]".into()), 26, "");
    train.progress = Some(StageProgress { unit: "steps", done: 98, total: 6250 });
    train.about = "epoch 3 of 20, loss 412.1, validation 398.7, 1,203 active units".to_owned();
    shown.extend([140, 100, 80, 60, 40, 20].map(|width| train.format(12.3, 35.0, width, false)));
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
        for line in [&scan, &train] {
            let text = line.format(12.3, 35.0, width, false);
            assert!(text.chars().count() <= width, "{width}: {text}");
        }
    }
}
