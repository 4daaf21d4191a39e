use super::overview;
use crate::columnar::SampleRow;
use crate::columnar::fixture::sample_rows;

#[test]
fn histogram_counts_every_value_once() {
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
fn outliers_are_counted_but_not_drawn() {
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
