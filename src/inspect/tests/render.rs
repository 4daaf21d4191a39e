use super::super::render_table;
use crate::columnar::{Format, Frame, Value};
use crate::text::width;

fn frame() -> Frame {
    let rows = vec![
        vec![
            "game/a rather long name of a folder/the very long name of a song (remix).mid".into(),
            Value::Int(1_234_567),
            Value::Float(0.8625),
            Value::Float(120.0),
            "ok".into(),
        ],
        vec![
            "\u{1b}[31mred\u{1b}[0m\n\u{202e}x".into(),
            Value::Int(-12),
            Value::Float(0.03),
            Value::Float(87.456),
            Value::Null,
        ],
        vec![
            "ゼルダの伝説".into(),
            Value::Null,
            Value::Float(0.1075),
            Value::Float(1.0 / 3.0),
            "no_header".into(),
        ],
    ];
    Frame::of_rows(&["path", "notes", "share", "tempo", "status"], rows)
        .with_format("share", Format::Percent)
}

fn lines_fit(text: &str, columns: usize) {
    text.lines().for_each(|line| assert!(width(line) <= columns, "{line}"));
}

#[test]
fn table_is_aligned_and_fits_any_width() {
    insta::assert_snapshot!(render_table(&frame(), 100), @r#"
    path                                                                notes   share   tempo  status
    ──────────────────────────────────────────────────────────────  ─────────  ──────  ──────  ─────────
    game/a rather long name of a f…long name of a song (remix).mid  1,234,567  86.2 %  120.00  ok
    ␛[31mred␛[0m␊�x                                                       -12   3.0 %   87.46  -
    ゼルダの伝説                                                            -  10.8 %    0.33  no_header
    "#);
    insta::assert_snapshot!(render_table(&frame(), 80), @r#"
    path                                            notes   share   tempo  status
    ──────────────────────────────────────────  ─────────  ──────  ──────  ─────────
    game/a rather long n…of a song (remix).mid  1,234,567  86.2 %  120.00  ok
    ␛[31mred␛[0m␊�x                                   -12   3.0 %   87.46  -
    ゼルダの伝説                                        -  10.8 %    0.33  no_header
    "#);
    insta::assert_snapshot!(render_table(&frame(), 30), @r#"
    path
    ──────────────────────────────
    game/a rather …ong (remix).mid
    ␛[31mred␛[0m␊�x
    ゼルダの伝説
    … 4 more columns: notes,
      share, tempo, status
    "#);
    (1..150).for_each(|columns| lines_fit(&render_table(&frame(), columns), columns));
}

#[test]
fn table_has_no_control_characters() {
    let evil: String = (0..=0x2ff).chain(0x2000..0x2100).filter_map(char::from_u32).collect();
    let frame = Frame::of_rows(
        &[&evil],
        vec![vec![Value::Text(evil.clone())], vec![Value::List(vec![evil.as_str().into()])]],
    );
    let table = render_table(&frame, 2_000);
    assert!(table.lines().count() == 4 && !table.contains('\u{202e}'));
    assert!(table.chars().all(|c| c == '\n' || !c.is_control()), "{table:?}");
}

#[test]
fn rows_beyond_the_first_hundred_are_counted() {
    let frame = Frame::of_rows(&["n"], (0..2_500).map(|n| vec![Value::Int(n)]).collect());
    let table = render_table(&frame, 40);
    assert_eq!(table.lines().count(), 103);
    assert_eq!(table.lines().last(), Some("… 2,400 more rows"));
}

#[test]
fn lines_with_untrusted_text_are_as_wide_as_the_rule() {
    let titles =
        ["ゼルダの伝説 🎮", "e\u{301}tude", "\u{202e}gnos", "a\tb\rc", "\u{1b}]0;x\u{7}", "x"];
    let rows = titles.iter().map(|title| vec![(*title).into(), Value::Int(1)]).collect();
    let table = render_table(&Frame::of_rows(&["title", "n"], rows), 60);
    let widths: Vec<usize> = table.lines().map(width).collect();
    assert!(widths.iter().all(|wide| *wide == widths[0]), "{table}");
    let huge = Frame::of_rows(&["title"], vec![vec!["長".repeat(1_000_000).into()]]);
    lines_fit(&render_table(&huge, 80), 80);
}

#[test]
fn every_row_has_a_readable_name() {
    let long = "the long name of the first column's only row";
    let mut row = vec![Value::from(long)];
    row.extend((0..9).map(|_| Value::from("another text that may well be cut")));
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    let table = render_table(&Frame::of_rows(&names, vec![row, vec!["".into()]]), 80);
    assert!(table.lines().nth(2).unwrap().starts_with("the long na…n's only row"), "{table}");
    assert!(table.lines().nth(3).unwrap().starts_with("(none)"), "{table}");
    assert!(table.contains("… 5 more columns: f, g, h, i, j"), "{table}");
}
