use super::{fits, overview};
use crate::columnar::HistoryRow;

#[test]
fn history_overview() {
    let rows: Vec<HistoryRow> = (1..=40).map(epoch).collect();
    let overview = overview(&rows, None);
    fits(&overview);
    insta::assert_snapshot!(overview.render(100), @r#"
    40 epochs, 640,000 samples seen; validation loss 500 at the end, lowest in epoch 20: 400

    training loss                     validation loss                   KL, nats per sample
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

/// The training loss falls; the validation loss rises again after epoch 20.
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
