//! Can drawn songs be told from real ones, by all features together?

use super::escape::escape;
use super::histograms::histograms;
use super::number::fixed;
use super::section::{Section, scroll_box};
use super::{FeatureHistograms, TwoSampleRow};

const READING: &str = "<p>Each row holds songs of one kind against as many of the real ones that the model \
     is judged on. How often does a song's nearest neighbour, or a line drawn through all features, tell which \
     kind it is? <strong>0.5 is a guess: they cannot be told apart. 1 is always.</strong> Below 0.5, each \
     stands beside one of the others, as copies do. The row of training samples is what real music gets \
     against real music with so few songs.</p>\n";

const SHARES: &str = "<p class=\"quiet\">Precision: the share of these songs that lie where real ones do. \
     Recall: the share of the real ones that lie where these do. Coverage: the share of the real ones with \
     one of these among their neighbours. More is better.</p>\n";

pub(super) fn section(rows: &[TwoSampleRow], features: &[FeatureHistograms]) -> Option<Section> {
    let table = format!(
        "<table class=\"scores\">\n<thead><tr><th scope=\"col\">Songs</th>\
         <th scope=\"col\" class=\"number\">Told by the<br>neighbour</th>\
         <th scope=\"col\" class=\"number\">Told by<br>a line</th>\
         <th scope=\"col\" class=\"number\">Precision</th>\
         <th scope=\"col\" class=\"number\">Recall</th>\
         <th scope=\"col\" class=\"number\">Coverage</th></tr></thead>\n\
         <tbody>\n{}</tbody>\n</table>\n",
        rows.iter().map(row).collect::<String>()
    );
    (!rows.is_empty()).then(|| Section {
        id: "two-sample",
        heading: "Told from real songs",
        body: format!(
            "{}{READING}{}{SHARES}{}",
            verdict(rows),
            scroll_box("How well songs can be told from real ones", &table),
            histograms(features),
        ),
    })
}

/// A sentence, where there are drawn songs enough.
fn verdict(rows: &[TwoSampleRow]) -> String {
    let told = rows.iter().find(|row| row.drawn).and_then(|row| row.classifier);
    told.map_or_else(String::new, |told| {
        format!(
            "<p class=\"verdict\">A line drawn through their features tells a drawn song from a real one \
             in <strong>{} of 100</strong> cases; a guess in 50.</p>\n",
            fixed(100.0 * told, 0)
        )
    })
}

fn row(row: &TwoSampleRow) -> String {
    let (class, tag) = match row.drawn {
        true => (" class=\"model\"", " <span class=\"tag\">model</span>"),
        false => ("", ""),
    };
    let numbers = [row.neighbour, row.classifier, row.precision, row.recall, row.coverage];
    let cell = |number: Option<f64>| {
        format!("<td class=\"number\">{}</td>", fixed(number.unwrap_or(f64::NAN), 2))
    };
    format!(
        "<tr{class}><th scope=\"row\">{}{tag} <span class=\"about\">{} songs: {}</span></th>{}</tr>\n",
        escape(&row.name),
        row.count,
        escape(&row.about),
        numbers.map(cell).concat(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn songs(name: &str, drawn: bool, classifier: Option<f64>) -> TwoSampleRow {
        TwoSampleRow {
            name: name.into(),
            about: "made & drawn".into(),
            drawn,
            count: 16,
            neighbour: Some(0.5),
            classifier,
            precision: Some(0.875),
            recall: None,
            coverage: Some(1.0),
        }
    }

    #[test]
    fn a_row_has_a_number_a_column_and_a_dash_for_what_is_not_known() {
        let table = row(&songs("Drawn", true, Some(0.75)));
        insta::assert_snapshot!(table.replace("><", ">\n<"), @r#"
        <tr class="model">
        <th scope="row">Drawn <span class="tag">model</span> <span class="about">16 songs: made &amp; drawn</span>
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
    fn the_verdict_is_that_of_the_drawn_songs_alone() {
        let kinds = [songs("Drawn", true, Some(0.75)), songs("Noise", false, Some(1.0))];
        let body = section(&kinds, &[]);
        assert!(body.unwrap().body.contains("<strong>75 of 100</strong>"));
        let few = section(&[songs("Drawn", true, None), songs("Noise", false, Some(1.0))], &[]);
        assert!(!few.unwrap().body.contains("verdict"));
        assert!(section(&[], &[]).is_none());
    }
}
