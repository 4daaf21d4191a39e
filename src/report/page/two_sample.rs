//! Section with the two-sample tests: how accurately all features together separate sets of songs from real songs.

use super::histograms::histograms;
use super::number::fixed;
use super::section::{Section, scroll_box};
use super::table::Column::{Number, Text};
use super::table::{model_mark, number_cell, table_head};
use super::{FeatureHistograms, SongSet, TwoSampleRow};
use crate::report::escape::escape;

const INTRODUCTION: &str = "<p>Each row compares songs of one kind with an equal number of the real songs that \
     the model is evaluated on. Two classifiers decide for each song whether it is real: its nearest neighbour, \
     and a logistic regression, both on all features. <strong>An accuracy of 0.5 is a guess: the songs cannot be \
     told apart. 1 is always right.</strong> Below 0.5, each song is next to one of the other kind, as copies \
     are. The row of training samples shows what real music reaches against real music with so few songs.</p>\n";

const COLUMNS: &str = "<p class=\"quiet\">Precision: the share of these songs that are among the real ones. \
     Recall: the share of the real songs that are among these. Coverage: the share of the real songs with \
     one of these among their neighbours. Higher is better.</p>\n";

pub(super) fn section(rows: &[TwoSampleRow], features: &[FeatureHistograms]) -> Option<Section> {
    let table = format!(
        "<table class=\"scores\">\n{}<tbody>\n{}</tbody>\n</table>\n",
        table_head(&[
            Text("Songs"),
            Number("1-NN<br>accuracy"),
            Number("Classifier<br>accuracy"),
            Number("Precision"),
            Number("Recall"),
            Number("Coverage"),
        ]),
        rows.iter().map(row).collect::<String>()
    );
    (!rows.is_empty()).then(|| Section {
        id: "two-sample",
        heading: "Two-sample test: real or generated",
        body: format!(
            "{}{INTRODUCTION}{}{COLUMNS}{}",
            summary_sentence(rows),
            scroll_box("Two-sample tests against real songs", &table),
            histograms(features),
        ),
    })
}

/// Says how often the classifier recognizes generated songs; empty if there are too few of them.
fn summary_sentence(rows: &[TwoSampleRow]) -> String {
    let generated = rows.iter().find(|row| row.set == SongSet::Generated);
    generated.and_then(|row| row.classifier_accuracy).map_or_else(String::new, |accuracy| {
        format!(
            "<p class=\"lead\">Logistic regression separates generated from real songs in \
             <strong>{} %</strong> of cases; chance is 50 %.</p>\n",
            fixed(100.0 * accuracy, 0)
        )
    })
}

fn row(row: &TwoSampleRow) -> String {
    let [class, tag] = model_mark(row.set == SongSet::Generated);
    let numbers =
        [row.nearest_accuracy, row.classifier_accuracy, row.precision, row.recall, row.coverage];
    format!(
        "<tr{class}><th scope=\"row\">{}{tag} <span class=\"about\">{} songs: {}</span></th>{}</tr>\n",
        escape(&row.name),
        row.count,
        escape(&row.about),
        numbers.map(|number| number_cell(number, 2)).concat(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn songs(set: SongSet, classifier_accuracy: Option<f64>) -> TwoSampleRow {
        TwoSampleRow {
            set,
            name: "Songs".into(),
            about: "made & drawn".into(),
            count: 16,
            nearest_accuracy: Some(0.5),
            classifier_accuracy,
            precision: Some(0.875),
            recall: None,
            coverage: Some(1.0),
        }
    }

    #[test]
    fn row_has_one_number_per_column_and_a_dash_for_an_unknown_one() {
        let table = row(&songs(SongSet::Generated, Some(0.75)));
        insta::assert_snapshot!(table.replace("><", ">\n<"), @r#"
        <tr class="model">
        <th scope="row">Songs <span class="tag">model</span> <span class="about">16 songs: made &amp; drawn</span>
        </th>
        <td class="number">0.50</td>
        <td class="number">0.75</td>
        <td class="number">0.88</td>
        <td class="number">–</td>
        <td class="number">1.00</td>
        </tr>
        "#);
    }

    #[test]
    fn summary_is_about_the_generated_songs_only() {
        let noise = songs(SongSet::Other, Some(1.0));
        let rows = [songs(SongSet::Generated, Some(0.75)), noise.clone()];
        assert!(section(&rows, &[]).unwrap().body.contains("<strong>75 %</strong>"));
        let few = section(&[songs(SongSet::Generated, None), noise], &[]);
        assert!(!few.unwrap().body.contains("class=\"lead\""));
        assert!(section(&[], &[]).is_none());
    }
}
