use serde_json::json;

use super::{fits, overview};
use crate::columnar::CatalogRow;
use crate::columnar::fixture::catalog;
use crate::music::midi::Status;

/// A corpus with changing and assumed meters, outliers, faults, duplicates and hostile names.
fn corpus() -> Vec<CatalogRow> {
    let mut rows = catalog();
    for (index, row) in rows.iter_mut().enumerate().take(38) {
        row.path = format!(
            "corpus/games/{}/song{index:02}.mid",
            ["Zelda", "Mario", "ゼルダの伝説"][index % 3]
        );
        if index % 4 == 1 {
            row.time_signature_source = "assumed".to_owned();
        }
        row.off_grid = if index % 9 == 0 { 0.987 } else { 0.01 * index as f64 };
        row.duration = 30.0 + 7.0 * index as f64;
        row.duplicate_of = None;
    }
    rows[3].time_signatures = ["4/4", "3/4"].map(str::to_owned).to_vec();
    rows[5].measures = Some(1_734);
    rows[6].tempo = Some(10_000.0);
    rows[7].notes = 53_026;
    rows[8].faults = ["running_status", "data_byte"].map(str::to_owned).to_vec();
    rows[9].faults = vec!["trailing_bytes".to_owned()];
    rows[9].bytes_unread = 28_496;
    for (index, status, detail) in [
        (20, "duplicate_of", "the same notes as corpus/games/Zelda/song00.mid"),
        (21, "duplicate_of", "the same notes as corpus/games/Mario/song01.mid"),
        (22, "no_notes", "nothing but 178 drum notes"),
        (23, "no_notes", "nothing but 12 drum notes"),
        (24, "no_notes", "no note is struck"),
        (25, "absurd_length", "6773 measures: at most 4096 are taken for music"),
    ] {
        rows[index].status = status.parse().unwrap();
        rows[index].detail = detail.to_owned();
        rows[index].duplicate_of =
            (status == "duplicate_of").then(|| "corpus/games/a.mid".to_owned());
        rows[index].measures = None;
    }
    rows[39].path = "odd/\u{202e}dim.e\u{301}\u{1f3b5}".to_owned();
    rows
}

#[test]
fn catalog_overview() {
    let overview = overview(&corpus(), None);
    fits(&overview);
    insta::assert_snapshot!(overview.render(100), @r#"
    40 files, 493.8 kB: 32 usable (80.0 %), 1.4 hours of music

    status         files   share              why, most often
    ─────────────  ─────  ──────  ──────────  ────────────────────────────────────────────────────
    ok                32  80.0 %  ████████
    no_notes           3   7.5 %  ▊           e.g. nothing but 178 drum notes
    duplicate_of       2   5.0 %  ▌           e.g. the same notes as corpus/games/Mario/song01.mid
    not_midi           2   5.0 %  ▌           does not begin with MThd
    absurd_length      1   2.5 %  ▎           6773 measures: at most 4096 are taken for music

    Usable: 16 groups, 8 files with an assumed meter, 5 mostly off the grid; 2 duplicates

    time signature  files   share                       division (ticks)  files   share
    ──────────────  ─────  ──────  ─────────────────    ────────────────  ─────  ──────  ───────────────
    4/4                17  53.1 %  █████████            480                  26  81.2 %  ████████████▏
    4/4, assumed        8  25.0 %  ████▎                96                    6  18.8 %  ██▊
    3/4                 6  18.8 %  ███▏
    changes             1   3.1 %  ▌

    format  files    share                              fault worked around  files  share
    ──────  ─────  ───────  ────────────────────        ───────────────────  ─────  ─────  ─────────────
    1          32  100.0 %  ████████████████████        not_midi                 2  5.0 %  ▋
                                                        data_byte                1  2.5 %  ▎
                                                        running_status           1  2.5 %  ▎
                                                        trailing_bytes           1  2.5 %  ▎

                          min   25 %  median    75 %     max    mean
    ──────────────────  ─────  ─────  ──────  ──────  ──────  ──────
    measures               16   30.8    57.5    82.2   1,734     110
    notes                 400  1,546   2,562   4,363  53,026   4,341
    beats per minute       80   95.8     116     139  10,000     426
    minutes               0.5    1.4    2.31    3.91    4.82    2.57
    notes off the grid  1.0 %  9.5 %  18.0 %  33.2 %  98.7 %  30.4 %

    measures                          notes                             beats per minute
    █          ▁                      █                                 ███
    █▃ ▃▃ ▃ ▃  █                      ██ ███   ███                      █████  █ █
    ██▄██ █▄█  █                      ██████  ████                      ██████████
    █████▆███▆▆█                      ███████ █████                     ███████████
    16                    216         400                   11,600      80                 256
    (1 more)                          (1 more)                          (1 more)

    the worst by               path                                  for
    ─────────────────  ──────  ────────────────────────────────────  ───────────────────────────────────
    bytes unread       28,496  corpus/games/Zelda/song09.mid         100.0 % of it: trailing_bytes
                       12,345  odd/a␛[31m.mid                        100.0 % of it: not_midi
                       12,345  odd/�dim.é🎵                          100.0 % of it: not_midi
    kinds of faults         2  corpus/games/ゼルダの伝説/song08.mid  running_status data_byte
    notes off grid     98.7 %  corpus/games/Zelda/song36.mid         division 480, 5,116 notes
                       98.7 %  corpus/games/Zelda/song27.mid         division 480, 3,937 notes
                       98.7 %  corpus/games/Zelda/song18.mid         division 480, 2,758 notes
    measures            6,773  corpus/games/Mario/song25.mid         6773 measures: at…e taken for music
                        1,734  corpus/games/ゼルダの伝説/song05.mid  1,055 notes, 1.1 minutes
                          111  corpus/games/ゼルダの伝説/song17.mid  2,627 notes, 2.5 minutes
    notes per measure     816  corpus/games/Mario/song07.mid         53,026 notes, 1.3 minutes
                          194  corpus/games/Mario/song37.mid         5,247 notes, 4.8 minutes
                          170  corpus/games/Mario/song28.mid         4,068 notes, 3.8 minutes
    "#);
    insta::assert_snapshot!(overview.render(80), @r#"
    40 files, 493.8 kB: 32 usable (80.0 %), 1.4 hours of music

    status         files   share              why, most often
    ─────────────  ─────  ──────  ──────────  ──────────────────────────────────────
    ok                32  80.0 %  ████████
    no_notes           3   7.5 %  ▊           e.g. nothing but 178 drum notes
    duplicate_of       2   5.0 %  ▌           e.g. the same note…es/Mario/song01.mid
    not_midi           2   5.0 %  ▌           does not begin with MThd
    absurd_length      1   2.5 %  ▎           6773 measures: at …are taken for music

    Usable: 16 groups, 8 files with an assumed meter, 5 mostly off the grid; 2
      duplicates

    time signature  files   share             division (ticks)  files   share
    ──────────────  ─────  ──────  ───────    ────────────────  ─────  ──────  ─────
    4/4                17  53.1 %  ███▋       480                  26  81.2 %  ████
    4/4, assumed        8  25.0 %  █▊         96                    6  18.8 %  ▉
    3/4                 6  18.8 %  █▎
    changes             1   3.1 %  ▏

    format  files    share                    fault worked around  files  share
    ──────  ─────  ───────  ──────────────    ───────────────────  ─────  ─────
    1          32  100.0 %  ██████████████    not_midi                 2  5.0 %
                                              data_byte                1  2.5 %
                                              running_status           1  2.5 %
                                              trailing_bytes           1  2.5 %

                          min   25 %  median    75 %     max    mean
    ──────────────────  ─────  ─────  ──────  ──────  ──────  ──────
    measures               16   30.8    57.5    82.2   1,734     110
    notes                 400  1,546   2,562   4,363  53,026   4,341
    beats per minute       80   95.8     116     139  10,000     426
    minutes               0.5    1.4    2.31    3.91    4.82    2.57
    notes off the grid  1.0 %  9.5 %  18.0 %  33.2 %  98.7 %  30.4 %

    measures                                  notes
    █          ▁                              █
    █▃ ▃▃ ▃ ▃  █                              ██ ███   ███
    ██▄██ █▄█  █                              ██████  ████
    █████▆███▆▆█                              ███████ █████
    16                    216 … 1 more        400                   11,600 … 1 more

    beats per minute
    ██  █  █
    ██ ▅█▅ █▅  ▅  ▅▅
    ██▂███▂██▂▂█▂▂██▂
    █████████████████
    80                             250
    (1 more)

    the worst by               path                        for
    ─────────────────  ──────  ──────────────────────────  ─────────────────────────
    bytes unread       28,496  corpus/games…da/song09.mid  100.0 % of i…ailing_bytes
                       12,345  odd/a␛[31m.mid              100.0 % of it: not_midi
                       12,345  odd/�dim.é🎵                100.0 % of it: not_midi
    kinds of faults         2  corpus/games…説/song08.mid  running_status data_byte
    notes off grid     98.7 %  corpus/games…da/song36.mid  division 480, 5,116 notes
                       98.7 %  corpus/games…da/song27.mid  division 480, 3,937 notes
                       98.7 %  corpus/games…da/song18.mid  division 480, 2,758 notes
    measures            6,773  corpus/games…io/song25.mid  6773 measure…en for music
                        1,734  corpus/games…説/song05.mid  1,055 notes, 1.1 minutes
                          111  corpus/games…説/song17.mid  2,627 notes, 2.5 minutes
    notes per measure     816  corpus/games…io/song07.mid  53,026 notes, 1.3 minutes
                          194  corpus/games…io/song37.mid  5,247 notes, 4.8 minutes
                          170  corpus/games…io/song28.mid  4,068 notes, 3.8 minutes
    "#);
}

#[test]
fn worst_files_have_a_reason() {
    let json = overview(&corpus(), None).to_json();
    let worst = json["worst"].as_array().unwrap();
    let first = |by: &str| worst.iter().find(|file| file["by"] == by).unwrap();
    assert_eq!(first("bytes_unread")["value"], 28_496.0);
    assert_eq!(first("bytes_unread")["path"], "corpus/games/Zelda/song09.mid");
    assert_eq!(first("faults")["reason"], "running_status data_byte");
    assert_eq!(first("off_grid")["value"], 0.987);
    let longest = first("measures");
    assert_eq!((&longest["value"], &longest["status"]), (&json!(6773.0), &json!("absurd_length")));
    assert_eq!(first("notes_per_measure")["path"], "corpus/games/Mario/song07.mid");
}

#[test]
fn reasons_that_differ_only_in_numbers_count_as_one() {
    let text = overview(&corpus(), None).render(100);
    let line =
        |status: &str| text.lines().find(|line| line.starts_with(status)).unwrap().to_owned();
    assert!(line("no_notes").ends_with("e.g. nothing but 178 drum notes"), "{text}");
    assert!(
        line("absurd_length").ends_with("6773 measures: at most 4096 are taken for music"),
        "{text}"
    );
    assert!(line("not_midi").ends_with("does not begin with MThd"), "{text}");
    assert!(!line("ok").contains("unread"), "{text}");
}

#[test]
fn no_usable_file_means_no_music() {
    let broken: Vec<CatalogRow> =
        catalog().into_iter().filter(|row| row.status != Status::Ok).collect();
    let text = overview(&broken, None).render(100);
    assert!(text.starts_with("2 files, 24.7 kB: 0 usable (0.0 %), 0 seconds of music\n"), "{text}");
}
