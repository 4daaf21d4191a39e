use serde_json::json;

use super::Overview;
use crate::columnar::fixture::{catalog, sample_rows, shards, written};
use crate::columnar::render::width;
use crate::columnar::{
    CatalogRow, HistoryRow, MetricRow, Row, SampleRow, SampleSet, SongRow, Table,
};

fn overview<R: Row>(rows: &[R], shards: Option<&SampleSet>) -> Overview {
    let folder = tempfile::tempdir().unwrap();
    Overview::of(&Table::open(&written(folder.path(), rows)).unwrap(), shards).unwrap()
}

fn fits(overview: &Overview) {
    for columns in [40, 60, 72, 80, 100, 200] {
        let text = overview.render(columns);
        text.lines().for_each(|line| assert!(width(line) <= columns, "{columns}: {line}"));
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
    }
}

/// A corpus with something of everything: meters that change or are assumed, tails, faults, duplicates, bad names.
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
    rows[3].time_signatures = "4/4 3/4".to_owned();
    rows[5].measures = Some(1_734);
    rows[6].tempo = Some(10_000.0);
    rows[7].notes = 53_026;
    rows[8].faults = "running_status data_byte".to_owned();
    rows[9].faults = "trailing_bytes".to_owned();
    rows[9].bytes_unread = 28_496;
    for (index, status, detail) in [
        (20, "duplicate_of", "the same notes as corpus/games/Zelda/song00.mid"),
        (21, "duplicate_of", "the same notes as corpus/games/Mario/song01.mid"),
        (22, "no_notes", "nothing but 178 drum notes"),
        (23, "no_notes", "nothing but 12 drum notes"),
        (24, "no_notes", "no note is struck"),
        (25, "absurd_length", "6773 measures: at most 4096 are taken for music"),
    ] {
        rows[index].status = status.to_owned();
        rows[index].detail = detail.to_owned();
        rows[index].duplicate_of =
            (status == "duplicate_of").then(|| "corpus/games/a.mid".to_owned());
        rows[index].measures = None;
    }
    rows[39].path = "odd/\u{202e}dim.e\u{301}\u{1f3b5}".to_owned();
    rows
}

#[test]
fn a_catalog_is_pictured_at_once() {
    let overview = overview(&corpus(), None);
    fits(&overview);
    insta::assert_snapshot!(overview.render(100), @r#"
    40 files, 493.8 kB: 32 usable (80.0 %), 1.4 hours of music

    status         files   share              why, most often
    ─────────────  ─────  ──────  ──────────  ────────────────────────────────────────────────────
    ok                32  80.0 %  ████████
    no_notes           3   7.5 %  ▊           e.g. nothing but 178 drum notes
    duplicate_of       2   5.0 %  ▌           e.g. the same notes as corpus/games/Mario/song01.mid
    no_header          2   5.0 %  ▌           does not begin with MThd
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
    1          32  100.0 %  ████████████████████        no_header                2  5.0 %  ▋
                                                        data_byte                1  2.5 %  ▎
                                                        running_status           1  2.5 %  ▎
                                                        trailing_bytes           1  2.5 %  ▎

                        least   25 %  median    75 %    most    mean
    ──────────────────  ─────  ─────  ──────  ──────  ──────  ──────
    measures               16   30.8    57.5    82.2   1,734     110
    notes                 400  1,546   2,562   4,363  53,026   4,341
    beats a minute         80   95.8     116     139  10,000     426
    minutes               0.5    1.4    2.31    3.91    4.82    2.57
    notes off the grid  1.0 %  9.5 %  18.0 %  33.2 %  98.7 %  30.4 %

    measures                          notes                             beats a minute
    █          ▁                      █                                 ███
    █▃ ▃▃ ▃ ▃  █                      ██ ███   ███                      █████  █ █
    ██▄██ █▄█  █                      ██████  ████                      ██████████
    █████▆███▆▆█                      ███████ █████                     ███████████
    16                    216         400                   11,600      80                 256
    (1 more)                          (1 more)                          (1 more)

    the worst by             path                                  for
    ───────────────  ──────  ────────────────────────────────────  ─────────────────────────────────────
    bytes unread     28,496  corpus/games/Zelda/song09.mid         100.0 % of it: trailing_bytes
                     12,345  odd/a�[31m.mid                        100.0 % of it: no_header
                     12,345  odd/�dim.é🎵                          100.0 % of it: no_header
    kinds of faults       2  corpus/games/ゼルダの伝説/song08.mid  running_status data_byte
    notes off grid   98.7 %  corpus/games/Zelda/song36.mid         division 480, 5,116 notes
                     98.7 %  corpus/games/Zelda/song27.mid         division 480, 3,937 notes
                     98.7 %  corpus/games/Zelda/song18.mid         division 480, 2,758 notes
    measures          6,773  corpus/games/Mario/song25.mid         6773 measures: at …re taken for music
                      1,734  corpus/games/ゼルダの伝説/song05.mid  1,055 notes, 1.1 minutes
                        111  corpus/games/ゼルダの伝説/song17.mid  2,627 notes, 2.5 minutes
    notes a measure     816  corpus/games/Mario/song07.mid         53,026 notes, 1.3 minutes
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
    no_header          2   5.0 %  ▌           does not begin with MThd
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
    1          32  100.0 %  ██████████████    no_header                2  5.0 %
                                              data_byte                1  2.5 %
                                              running_status           1  2.5 %
                                              trailing_bytes           1  2.5 %

                        least   25 %  median    75 %    most    mean
    ──────────────────  ─────  ─────  ──────  ──────  ──────  ──────
    measures               16   30.8    57.5    82.2   1,734     110
    notes                 400  1,546   2,562   4,363  53,026   4,341
    beats a minute         80   95.8     116     139  10,000     426
    minutes               0.5    1.4    2.31    3.91    4.82    2.57
    notes off the grid  1.0 %  9.5 %  18.0 %  33.2 %  98.7 %  30.4 %

    measures                                  notes
    █          ▁                              █
    █▃ ▃▃ ▃ ▃  █                              ██ ███   ███
    ██▄██ █▄█  █                              ██████  ████
    █████▆███▆▆█                              ███████ █████
    16                    216 … 1 more        400                   11,600 … 1 more

    beats a minute
    ██  █  █
    ██ ▅█▅ █▅  ▅  ▅▅
    ██▂███▂██▂▂█▂▂██▂
    █████████████████
    80                             250
    (1 more)

    the worst by             path                         for
    ───────────────  ──────  ───────────────────────────  ──────────────────────────
    bytes unread     28,496  corpus/games/…da/song09.mid  100.0 % of i…railing_bytes
                     12,345  odd/a�[31m.mid               100.0 % of it: no_header
                     12,345  odd/�dim.é🎵                 100.0 % of it: no_header
    kinds of faults       2  corpus/games/…説/song08.mid  running_status data_byte
    notes off grid   98.7 %  corpus/games/…da/song36.mid  division 480, 5,116 notes
                     98.7 %  corpus/games/…da/song27.mid  division 480, 3,937 notes
                     98.7 %  corpus/games/…da/song18.mid  division 480, 2,758 notes
    measures          6,773  corpus/games/…io/song25.mid  6773 measure…ken for music
                      1,734  corpus/games/…説/song05.mid  1,055 notes, 1.1 minutes
                        111  corpus/games/…説/song17.mid  2,627 notes, 2.5 minutes
    notes a measure     816  corpus/games/…io/song07.mid  53,026 notes, 1.3 minutes
                        194  corpus/games/…io/song37.mid  5,247 notes, 4.8 minutes
                        170  corpus/games/…io/song28.mid  4,068 notes, 3.8 minutes
    "#);
}

#[test]
fn samples_are_pictured_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let set = SampleSet::open(&shards(folder.path(), 200)).unwrap();
    let overview = overview(&sample_rows(200), Some(&set));
    fits(&overview);
    insta::assert_snapshot!(overview.render(100), @r#"
    200 samples of 20 songs in 10 groups, 2 measures x 4 steps x 3 pitches (60 to 62); 2 GROUPS ARE ON
      BOTH SIDES OF THE SPLIT

    split       samples   share  songs  groups  median onsets  median on beats
    ──────────  ───────  ──────  ─────  ──────  ─────────────  ───────────────
    train           180  90.0 %     18      10            291           50.0 %
    validation       20  10.0 %      2       2            317           55.0 %

    time signature  samples   share                     samples of a song  songs    share
    ──────────────  ───────  ──────  ───────────────    ─────────────────  ─────  ───────  ─────────────
    4/4                 150  75.0 %  ███████████▎       9 to 16               20  100.0 %  █████████████
    3/4                  50  25.0 %  ███▊

                           least    25 %  median    75 %     most    mean
    ─────────────────────  ─────  ──────  ──────  ──────  ───────  ──────
    onsets                   100     194     292     396      498     296
    onsets on a beat       0.0 %  20.0 %  50.0 %  80.0 %  100.0 %  49.6 %
    different measures         1       4       8      12       16    8.34
    onsets in 1,000 cells  0.678    1.32    1.98    2.69     3.38       2
    mean pitch              50.2      55    59.8    64.5     69.2    59.8
    range in semitones        32      38      42    45.2       52    41.9

    onsets                            onsets on a beat                  different measures
    █ ▅▂▂▅▂▂▂▅ ▅ ▂▂ ▂▂▂               █ █  ▆ ▆  ▆ ▆  ▆ ▆  ▆ ▆ ▆         ████████▅▅▅▅▅▅▅▅
    ██████████▅█████████              █ █  █ █  █ █  █ █  █ █ █         ████████████████
    ████████████████████              █ █  █ █  █ █  █ █  █ █ █         ████████████████
    ████████████████████              █ █  █ █  █ █  █ █  █ █ █         ████████████████
    100              500              0 %                 100 %         1             16

    onsets by pitch (C4 is middle C)
    ▇▇▇▇▇▇▇▇████
    ████████████
    ████████████
    ████████████
    C4

    onsets in a measure of 4/4, by beat                 onsets by pitch class
    ████▇▇▇▇▇▇▇▇▇▇▇▇                                    ▇▇▇▇▇▇▇▇████
    ████████████████                                    ████████████
    ████████████████                                    ████████████
    ████████████████                                    ████████████
    1   2   3   4                                       C   C♯  D   E♭  E   F   F♯  G   A♭  A   B♭  B

    10 groups hold several songs
    largest groups  songs  samples  split  for instance
    ──────────────  ─────  ───────  ─────  ────────────
    g0                  2       20  train  …/song0.mid
    g1                  2       20  train  …/song2.mid
    g2                  2       20  train  …/song4.mid
    g3                  2       20  train  …/song6.mid
    g4                  2       20  train  …/song8.mid
    "#);
    insta::assert_snapshot!(overview.render(80), @r#"
    200 samples of 20 songs in 10 groups, 2 measures x 4 steps x 3 pitches (60 to
      62); 2 GROUPS ARE ON BOTH SIDES OF THE SPLIT

    split       samples   share  songs  groups  median onsets  median on beats
    ──────────  ───────  ──────  ─────  ──────  ─────────────  ───────────────
    train           180  90.0 %     18      10            291           50.0 %
    validation       20  10.0 %      2       2            317           55.0 %

    time signature  samples   share           samples of a song  songs    share
    ──────────────  ───────  ──────  ─────    ─────────────────  ─────  ───────
    4/4                 150  75.0 %  ███▊     9 to 16               20  100.0 %
    3/4                  50  25.0 %  █▎

                           least    25 %  median    75 %     most    mean
    ─────────────────────  ─────  ──────  ──────  ──────  ───────  ──────
    onsets                   100     194     292     396      498     296
    onsets on a beat       0.0 %  20.0 %  50.0 %  80.0 %  100.0 %  49.6 %
    different measures         1       4       8      12       16    8.34
    onsets in 1,000 cells  0.678    1.32    1.98    2.69     3.38       2
    mean pitch              50.2      55    59.8    64.5     69.2    59.8
    range in semitones        32      38      42    45.2       52    41.9

    onsets                                    onsets on a beat
    █ ▅▂▂▅▂▂▂▅ ▅ ▂▂ ▂▂▂                       █ █  ▆ ▆  ▆ ▆  ▆ ▆  ▆ ▆ ▆
    ██████████▅█████████                      █ █  █ █  █ █  █ █  █ █ █
    ████████████████████                      █ █  █ █  █ █  █ █  █ █ █
    ████████████████████                      █ █  █ █  █ █  █ █  █ █ █
    100              500                      0 %                 100 %

    different measures
    ████████████████▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅▅
    ████████████████████████████████
    ████████████████████████████████
    ████████████████████████████████
    1                             16

    onsets by pitch (C4 is middle C)
    ▇▇▇▇▇▇▇▇████
    ████████████
    ████████████
    ████████████
    C4

    onsets in a measure of 4/4, by beat       onsets by pitch class
    ████▇▇▇▇▇▇▇▇▇▇▇▇                          ▇▇▇▇▇▇███
    ████████████████                          █████████
    ████████████████                          █████████
    ████████████████                          █████████
    1   2   3   4                             C  C♯ D  E♭ E  F  F♯ G  A♭ A  B♭ B

    10 groups hold several songs
    largest groups  songs  samples  split  for instance
    ──────────────  ─────  ───────  ─────  ────────────
    g0                  2       20  train  …/song0.mid
    g1                  2       20  train  …/song2.mid
    g2                  2       20  train  …/song4.mid
    g3                  2       20  train  …/song6.mid
    g4                  2       20  train  …/song8.mid
    "#);
}

#[test]
fn a_group_on_both_sides_of_the_split_cannot_be_overlooked() {
    let mut rows = sample_rows(40);
    rows.iter_mut().for_each(|row| row.split = "train".to_owned());
    assert_eq!(overview(&rows, None).to_json()["groups_on_both_sides"], 0);
    rows[0].split = "validation".to_owned();
    let overview = overview(&rows, None);
    assert_eq!(overview.to_json()["groups_on_both_sides"], 1);
    assert!(overview.render(100).contains("1 GROUP IS ON BOTH SIDES OF THE SPLIT"));
}

#[test]
fn a_training_is_pictured_by_its_course() {
    let rows: Vec<HistoryRow> = (1..=40).map(epoch).collect();
    let overview = overview(&rows, None);
    fits(&overview);
    insta::assert_snapshot!(overview.render(100), @r#"
    40 epochs, 640,000 samples seen; validation loss 500 at the end, least in epoch 20: 400

    training loss                     validation loss                   KL, nats a sample
    █                                 ▅▂                          ▂█                           ▁▂▃▄▅▆█
    █▅▁                               ██▇▃▁                    ▁▃▇██                   ▁▂▃▄▅▆▇████████
    ███▅▃▂▁                           █████▇▃▂              ▂▃▇█████          ▁▁▂▄▄▅▇▇████████████████
    █████████▇▆▆▆▅▅▅▅▄▄▄▄▄▄▃▃▃▃▃▃▃    █████████▆▅▄▃▃▃▃▃▃▄▅▆█████████    ▃▃▄▆▆▇████████████████████████
    600                       94.9    490                        500    4                          160

    epoch   loss  validation_loss  reconstruction  validation_reconstruction   kl  active_units    beta
    ─────  ─────  ───────────────  ──────────────  ─────────────────────────  ───  ────────────  ──────
        1  600.0            490.2           580.0                      480.2    4             1  0.2000
        2  424.3            481.0           410.1                      471.0    8             2  0.2000
        4  300.0            464.0           290.0                      454.0   16             4  0.2000
        6  244.9            449.0           236.8                      439.0   24             6  0.2000
        7  226.8            442.2           219.2                      432.2   28             7  0.2000
        9  200.0            430.2           193.3                      420.2   36             9  0.2000
       11  180.9            420.2           174.9                      410.2   44            11  0.2000
       12  173.2            416.0           167.4                      406.0   48            12  0.2000
       14  160.4            409.0           155.0                      399.0   56            12  0.2000
       16  150.0            404.0           145.0                      394.0   64            12  0.2000
       17  145.5            402.2           140.7                      392.2   68            12  0.2000
       19  137.6            400.2           133.1                      390.2   76            12  0.2000
       21  130.9            400.2           126.6                      390.2   84            12  0.2000
       23  125.1            402.2           120.9                      392.2   92            12  0.2000
       24  122.5            404.0           118.4                      394.0   96            12  0.2000
       26  117.7            409.0           113.7                      399.0  104            12  0.2000
       28  113.4            416.0           109.6                      406.0  112            12  0.2000
       29  111.4            420.2           107.7                      410.2  116            12  0.2000
       31  107.8            430.2           104.2                      420.2  124            12  0.2000
       33  104.4            442.2           101.0                      432.2  132            12  0.2000
       34  102.9            449.0            99.5                      439.0  136            12  0.2000
       36  100.0            464.0            96.7                      454.0  144            12  0.2000
       38   97.3            481.0            94.1                      471.0  152            12  0.2000
       40   94.9            500.0            91.7                      490.0  160            12  0.2000
    … 2 more columns: learning_rate, gradient_norm
    … 16 rows between these
    "#);
    assert_eq!(overview.to_json()["epochs"].as_array().map(Vec::len), Some(40));
}

/// The loss falls, that of validation rises again after epoch 20.
fn epoch(epoch: u32) -> HistoryRow {
    let at = f64::from(epoch);
    HistoryRow {
        epoch,
        steps: u64::from(epoch) * 250,
        samples: u64::from(epoch) * 16_000,
        learning_rate: 0.001,
        beta: 0.2,
        loss: 600.0 / at.sqrt(),
        reconstruction: 580.0 / at.sqrt(),
        kl: 4.0 * at,
        validation_loss: Some(400.0 + (at - 20.0).powi(2) / 4.0),
        validation_reconstruction: Some(390.0 + (at - 20.0).powi(2) / 4.0),
        validation_kl: None,
        active_units: Some(epoch.min(12)),
        gradient_norm: 1.5,
        kl_bits: 2.5,
        validation_kl_bits: None,
        validation_f1: None,
        pair_jaccard: None,
        measure_jaccard: None,
    }
}

#[test]
fn drawn_songs_are_listed() {
    let song = |index: u32| SongRow {
        index,
        seed: 2_883_393_769_339_966_941,
        model: "ab12".repeat(16),
        threshold: 0.12,
        onsets: 300 + 17 * index,
        density: f64::from(300 + 17 * index) / 147_456.0,
        lowest_pitch: Some(36),
        highest_pitch: Some(88),
        distinct_measures: 9 + index,
        mid: format!("songs/midi/song-{index:03}.mid"),
        npy: String::new(),
        png: String::new(),
        tempo: 120,
        time_signature: "4/4".to_owned(),
        sheet: String::new(),
        melody_threshold: None,
        melody: Vec::new(),
        source: None,
        latent: vec![0.5; 120],
    };
    let overview = overview(&(0..3).map(song).collect::<Vec<_>>(), None);
    fits(&overview);
    insta::assert_snapshot!(overview.render(100), @r#"
    3 songs of model ab12ab12ab12, seed 2883393769339966941

                           least  25 %  median  75 %  most  mean
    ─────────────────────  ─────  ────  ──────  ────  ────  ────
    onsets                   300   308     317   326   334   317
    onsets in 1,000 cells   2.03  2.09    2.15  2.21  2.27  2.15
    different measures         9   9.5      10  10.5    11    10

    mid                      onsets   density  distinct_measures  lowest_pitch  highest_pitch  threshold
    ───────────────────────  ──────  ────────  ─────────────────  ────────────  ─────────────  ─────────
    songs/midi/song-000.mid     300  0.002035                  9            36             88     0.1200
    songs/midi/song-001.mid     317  0.002150                 10            36             88     0.1200
    songs/midi/song-002.mid     334  0.002265                 11            36             88     0.1200
    "#);
}

#[test]
fn metrics_of_drawn_songs_stand_beside_those_of_real_ones() {
    let metric = |(name, value): (&str, Option<f64>)| MetricRow { name: name.to_owned(), value };
    let rows: Vec<MetricRow> = [
        ("latent.kl_nats", Some(31.5)),
        ("real.features.onsets.max", Some(900.0)),
        ("real.features.onsets.median", Some(351.0)),
        ("real.pair_jaccard", Some(0.012)),
        ("reconstruction.f1", Some(0.25)),
        ("songs.features.lag_8_jaccard", None),
        ("songs.features.onsets.median", Some(340.5)),
        ("songs.pair_jaccard", Some(f64::NAN)),
    ]
    .into_iter()
    .map(metric)
    .collect();
    let overview = overview(&rows, None);
    fits(&overview);
    insta::assert_snapshot!(overview.render(100), @r#"
    metric             value
    ─────────────────  ─────
    latent.kl_nats      31.5
    reconstruction.f1   0.25

    of songs                drawn   real
    ──────────────────────  ─────  ─────
    lag_8_jaccard (median)      -      -
    onsets (median)         340.5    351
    pair_jaccard              NaN  0.012
    "#);
    let json = overview.to_json();
    assert_eq!(json["reconstruction.f1"], 0.25);
    assert_eq!(json["songs.pair_jaccard"], serde_json::Value::Null);
    assert_eq!(json.as_object().map(serde_json::Map::len), Some(8));
}

crate::columnar::table::table! {
    /// Somebody else's table.
    pub struct PlayRow {
        /// A title
        pub title: String,
        /// How often it was played
        pub plays: Option<i64>,
    }
}

#[test]
fn any_other_table_is_described() {
    let play = |title: &str, plays| PlayRow { title: title.to_owned(), plays };
    let rows = [play("Overworld", Some(12)), play("Overworld", None), play("Boss", Some(2_500))];
    let overview = overview(&rows, None);
    fits(&overview);
    insta::assert_snapshot!(overview.render(100), @r#"
    3 rows

    column  min  25%  median    75%    max   mean  empty  distinct  type
    ──────  ───  ───  ──────  ─────  ─────  ─────  ─────  ────────  ────
    plays    12  634   1,256  1,878  2,500  1,256      1         2  i64

    column  type  empty  distinct  most frequent
    ──────  ────  ─────  ────────  ───────────────────────
    title   str       0         2  Overworld (2), Boss (1)
    "#);
    assert_eq!(overview.to_json()["rows"], 3);
}

#[test]
fn a_table_of_an_older_version_has_a_picture_without_what_it_lacks() {
    let rows: Vec<OldSampleRow> = (0..3)
        .map(|_| OldSampleRow {
            split: "train".to_owned(),
            group: "g".to_owned(),
            song: "s".to_owned(),
            path: "a.mid".to_owned(),
            onsets: 40,
            lowest: Some(40),
            highest: Some(60),
            distinct_measures: 4,
            time_signature: "4/4".to_owned(),
        })
        .collect();
    let overview = overview(&rows, None);
    fits(&overview);
    let json = overview.to_json();
    assert_eq!((&json["samples"], &json["onsets"]["median"]), (&json!(3), &json!(40.0)));
    assert_eq!(json.get("beat_strength"), None);
}

crate::columnar::table::table! {
    /// Samples as the first version wrote them.
    pub struct OldSampleRow {
        /// As today
        pub split: String,
        /// As today
        pub group: String,
        /// As today
        pub song: String,
        /// As today
        pub path: String,
        /// As today
        pub onsets: u32,
        /// As today
        pub lowest: Option<i32>,
        /// As today
        pub highest: Option<i32>,
        /// As today
        pub distinct_measures: u32,
        /// As today
        pub time_signature: String,
    }
}

#[test]
fn the_json_counts_what_the_text_counts() {
    let json = overview(&catalog(), None).to_json();
    assert_eq!(json["files"], 40);
    assert_eq!(json["usable"], 38);
    assert_eq!(json["status"][1], json!({ "value": "no_header", "count": 2, "share": 0.05 }));
    let notes = &json["notes"];
    assert_eq!((&notes["min"], &notes["max"]), (&json!(400.0), &json!(5247.0)));
    let histogram = &notes["histogram"];
    let drawn: u64 =
        histogram["counts"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).sum();
    assert_eq!(drawn + histogram["above"].as_u64().unwrap(), 38);
    let samples = overview(&sample_rows(200), None).to_json();
    assert_eq!(
        (&samples["samples"], &samples["songs"], &samples["groups"]),
        (&json!(200), &json!(20), &json!(10))
    );
}

#[test]
fn empty_tables_have_a_picture_too() {
    fits(&overview::<CatalogRow>(&[], None));
    fits(&overview::<SampleRow>(&[], None));
    let broken: Vec<CatalogRow> = catalog().into_iter().filter(|row| row.status != "ok").collect();
    fits(&overview(&broken, None));
}

#[test]
fn what_is_worst_is_named_with_its_reason() {
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
fn reasons_that_differ_in_numbers_alone_count_as_one() {
    let text = overview(&corpus(), None).render(100);
    let line =
        |status: &str| text.lines().find(|line| line.starts_with(status)).unwrap().to_owned();
    assert!(line("no_notes").ends_with("e.g. nothing but 178 drum notes"), "{text}");
    assert!(
        line("absurd_length").ends_with("6773 measures: at most 4096 are taken for music"),
        "{text}"
    );
    assert!(line("no_header").ends_with("does not begin with MThd"), "{text}");
    assert!(!line("ok").contains("unread"), "{text}");
}

#[test]
fn no_music_lasts_no_time() {
    let broken: Vec<CatalogRow> = catalog().into_iter().filter(|row| row.status != "ok").collect();
    let text = overview(&broken, None).render(100);
    assert!(text.starts_with("2 files, 24.7 kB: 0 usable (0.0 %), 0 seconds of music\n"), "{text}");
}

#[test]
fn a_histogram_counts_every_value_once() {
    for range in [1, 7, 40, 41, 1_000, 123_456] {
        let rows: Vec<SampleRow> = (0..500_u32)
            .map(|index| SampleRow {
                onsets: index * index % range,
                beat_strength: Some(f64::from(index % 11) / 10.0),
                density: f64::from(index) * 0.37,
                ..sample_rows(1).remove(0)
            })
            .collect();
        let json = overview(&rows, None).to_json();
        for name in ["onsets", "beat_strength", "density"] {
            let histogram = &json[name]["histogram"];
            let counts = histogram["counts"].as_array().unwrap();
            let drawn: u64 = counts.iter().map(|count| count.as_u64().unwrap()).sum();
            let [below, above] = ["below", "above"].map(|side| histogram[side].as_u64().unwrap());
            assert_eq!(drawn + below + above, 500, "{name} up to {range}");
            assert!(counts.len() <= 40, "{name} up to {range}");
        }
    }
}

#[test]
fn a_long_tail_is_counted_and_not_drawn() {
    let rows: Vec<SampleRow> = (0..1_000)
        .map(|index| SampleRow {
            onsets: if index < 995 { 100 + index % 50 } else { 1_000_000 },
            ..sample_rows(1).remove(0)
        })
        .collect();
    let json = overview(&rows, None).to_json();
    assert_eq!(json["onsets"]["histogram"]["above"], 5);
    assert_eq!(json["onsets"]["max"], 1_000_000.0);
}
