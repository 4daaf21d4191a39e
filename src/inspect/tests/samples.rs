use super::{fits, overview};
use crate::columnar::SampleSet;
use crate::columnar::fixture::{sample_rows, shards};

#[test]
fn samples_overview() {
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

                             min    25 %  median    75 %      max    mean
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

                             min    25 %  median    75 %      max    mean
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
fn group_on_both_sides_of_the_split_is_in_capitals() {
    let mut rows = sample_rows(40);
    rows.iter_mut().for_each(|row| row.split = "train".to_owned());
    assert_eq!(overview(&rows, None).to_json()["groups_on_both_sides"], 0);
    rows[0].split = "validation".to_owned();
    let overview = overview(&rows, None);
    assert_eq!(overview.to_json()["groups_on_both_sides"], 1);
    assert!(overview.render(100).contains("1 GROUP IS ON BOTH SIDES OF THE SPLIT"));
}
