use super::number::fixed_or_significant;
use super::{bar, brief, cut, histogram, lone, percent, safe, thousands, width, wrap};
use crate::columnar::query::{Format, Frame, Value};

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
fn a_table_is_aligned_and_as_wide_as_it_may_be() {
    insta::assert_snapshot!(frame().render_table(100), @r#"
    path                                                                notes   share   tempo  status
    ──────────────────────────────────────────────────────────────  ─────────  ──────  ──────  ─────────
    game/a rather long name of a f…long name of a song (remix).mid  1,234,567  86.2 %  120.00  ok
    �[31mred�[0m��x                                                       -12   3.0 %   87.46  -
    ゼルダの伝説                                                            -  10.8 %    0.33  no_header
    "#);
    insta::assert_snapshot!(frame().render_table(80), @r#"
    path                                            notes   share   tempo  status
    ──────────────────────────────────────────  ─────────  ──────  ──────  ─────────
    game/a rather long n…of a song (remix).mid  1,234,567  86.2 %  120.00  ok
    �[31mred�[0m��x                                   -12   3.0 %   87.46  -
    ゼルダの伝説                                        -  10.8 %    0.33  no_header
    "#);
    insta::assert_snapshot!(frame().render_table(30), @r#"
    path
    ──────────────────────────────
    game/a rather …ong (remix).mid
    �[31mred�[0m��x
    ゼルダの伝説
    … 4 more columns: notes,
      share, tempo, status
    "#);
    (1..150).for_each(|columns| lines_fit(&frame().render_table(columns), columns));
}

#[test]
fn nothing_that_steers_a_terminal_leaves_a_table() {
    let evil: String = (0..=0x2ff).chain(0x2000..0x2100).filter_map(char::from_u32).collect();
    let frame = Frame::of_rows(
        &[&evil],
        vec![vec![Value::Text(evil.clone())], vec![Value::List(vec![evil.as_str().into()])]],
    );
    let table = frame.render_table(2_000);
    assert!(table.lines().count() == 4 && !table.contains('\u{202e}'));
    assert!(table.chars().all(|c| c == '\n' || !c.is_control()), "{table:?}");
    assert!(frame.to_csv().chars().all(|c| matches!(c, '\n' | '\t') || !c.is_control()));
    assert!(frame.to_json().to_string().chars().all(|c| !c.is_control()));
}

#[test]
fn many_rows_are_counted_not_shown() {
    let frame = Frame::of_rows(&["n"], (0..2_500).map(|n| vec![Value::Int(n)]).collect());
    let table = frame.render_table(40);
    assert_eq!(table.lines().count(), 103);
    assert_eq!(table.lines().last(), Some("… 2,400 more rows"));
}

#[test]
fn numbers_of_a_column_share_their_decimals_where_that_keeps_their_digits() {
    let numbers = |numbers: &[f64]| fixed_or_significant(numbers).join(" ");
    assert_eq!(numbers(&[1.0, 2.0, -30_000.0]), "1 2 -30,000");
    assert_eq!(numbers(&[120.25, 87.456, 1.0 / 3.0]), "120.25 87.46 0.33");
    assert_eq!(numbers(&[1234.75, 12.25]), "1,235 12");
    assert_eq!(numbers(&[0.00123, 98_765.4]), "0.001230 98,765");
    assert_eq!(numbers(&[1e-7, 2.5]), "1.000e-7 2.500");
    assert_eq!(numbers(&[f64::NAN, f64::INFINITY, 0.25, -0.0]), "NaN inf 0.2500 0.0000");
    assert_eq!(numbers(&[0.0, 0.0]), "0 0");
    assert_eq!(thousands(1_000), "1,000");
    assert_eq!(thousands(-999), "-999");
}

#[test]
fn text_is_cut_in_its_middle_by_columns_not_by_bytes() {
    assert_eq!(cut("abcdefgh", 5), "ab…gh");
    assert_eq!(cut("abc", 3), "abc");
    assert_eq!(cut("ゼルダの伝説", 7), "ゼ…伝説");
    assert_eq!(cut("abc", 1), "…");
    assert_eq!(cut("abc", 0), "");
}

#[test]
fn marks_and_wide_characters_take_the_columns_that_a_terminal_gives_them() {
    assert_eq!(width("e\u{301}"), 1);
    assert_eq!(width("ゼルダ🎵"), 8);
    assert_eq!(width("한국"), 4);
    let pile = format!("Z{}!", "\u{300}".repeat(10_000));
    assert_eq!(safe(&pile), "Z\u{300}\u{300}\u{300}!");
    // A mark does not move over to the ellipsis.
    assert_eq!(cut("abcdefe\u{301}", 4), "a…fe\u{301}");
    assert_eq!(cut("abcdee\u{301}f", 3), "a…f");
}

#[test]
fn every_line_of_a_table_of_untrusted_text_is_as_wide_as_its_rule() {
    let titles =
        ["ゼルダの伝説 🎮", "e\u{301}tude", "\u{202e}gnos", "a\tb\rc", "\u{1b}]0;x\u{7}", "x"];
    let rows = titles.iter().map(|title| vec![(*title).into(), Value::Int(1)]).collect();
    let table = Frame::of_rows(&["title", "n"], rows).render_table(60);
    let widths: Vec<usize> = table.lines().map(width).collect();
    assert!(widths.iter().all(|wide| *wide == widths[0]), "{table}");
    let huge = Frame::of_rows(&["title"], vec![vec!["長".repeat(1_000_000).into()]]);
    lines_fit(&huge.render_table(80), 80);
}

#[test]
fn a_row_is_never_without_a_name_and_the_first_column_stays_readable() {
    let long = "the long name of the first column's only row";
    let mut row = vec![Value::from(long)];
    row.extend((0..9).map(|_| Value::from("another text that may well be cut")));
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    let table = Frame::of_rows(&names, vec![row, vec!["".into()]]).render_table(80);
    assert!(table.lines().nth(2).unwrap().starts_with("the long na…n's only row"), "{table}");
    assert!(table.lines().nth(3).unwrap().starts_with("(none)"), "{table}");
    assert!(table.contains("… 5 more columns: f, g, h, i, j"), "{table}");
}

#[test]
fn a_number_by_itself_has_no_idle_zeros_and_a_share_is_never_rounded_to_nothing_or_all() {
    let numbers = [9.0, 109.999_98, 0.25, 0.033_08, 1_234.56, -0.0, 1e-7, f64::NAN];
    assert_eq!(numbers.map(lone), ["9", "110", "0.25", "0.03308", "1,235", "0", "1.000e-7", "NaN"]);
    assert_eq!([62.34, 0.010_82, 1_919.6].map(brief), ["62.3", "0.0108", "1,920"]);
    assert_eq!(
        [0.0, 0.0001, 0.5, 0.9999, 1.0].map(percent),
        ["0.0 %", "< 0.1 %", "50.0 %", "99.9 %", "100.0 %"]
    );
}

#[test]
fn long_sentences_are_broken_at_spaces() {
    assert_eq!(wrap("one two three", 9), "one two\n  three\n");
    assert_eq!(wrap("abcdefghijkl", 5), "ab…kl\n");
}

#[test]
fn something_is_never_drawn_as_nothing() {
    assert_eq!(bar(1, 1_000_000, 10), "▏");
    assert_eq!(bar(0, 10, 10), "");
    assert_eq!(bar(10, 10, 3), "███");
    assert_eq!(bar(u64::MAX, u64::MAX, 3), "███");
    assert_eq!(histogram(&[0, 1, 8, 16], 2, 2), ["      ██", "  ▁▁████"]);
    assert_eq!(histogram(&[], 2, 1), ["", ""]);
}

#[test]
fn csv_quotes_and_json_keeps_types() {
    let rows = vec![
        vec![
            "a,\"b\"\nc".into(),
            Value::Float(f64::NAN),
            Value::Unsigned(u64::MAX),
            Value::Bool(true),
        ],
        vec![Value::Null],
    ];
    let frame = Frame::of_rows(&["text", "x", "n", "yes"], rows);
    assert_eq!(
        frame.to_csv(),
        "text,x,n,yes\n\"a,\"\"b\"\"\nc\",NaN,18446744073709551615,true\n,,,\n"
    );
    assert_eq!(
        frame.to_json(),
        serde_json::json!([
            {"text": "a,\"b\"\nc", "x": null, "n": u64::MAX, "yes": true},
            {"text": null, "x": null, "n": null, "yes": null},
        ])
    );
    assert_eq!(Frame::of_rows(&["only"], vec![vec![Value::Null]]).to_csv(), "only\n\"\"\n");
}
