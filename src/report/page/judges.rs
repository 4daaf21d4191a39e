//! Section with the judges: how accurately each separates generated from real songs.

use super::number::fixed;
use super::section::{Section, scroll_box, unless_blank};
use super::table::Column::{Number, Text};
use super::table::{number_cell, table_head};
use super::{JudgeRow, Judges};
use crate::metrics::judges::Verdict;
use crate::report::escape::escape;

pub(super) fn section(judges: &Judges) -> Option<Section> {
    let table = format!(
        "<table class=\"scores\">\n{}<tbody>\n{}</tbody>\n</table>\n",
        table_head(&[
            Text("Judge"),
            Number("Generated<br>songs"),
            Number("Recon-<br>structions"),
            Number("Training<br>samples"),
            Number("Shuffled<br>measures"),
            Number("Null"),
            Number("Power"),
        ]),
        judges.rows.iter().map(row).collect::<String>()
    );
    let worst = judges.rows.iter().find(|row| row.is_worst)?;
    Some(Section {
        id: "judges",
        heading: "Judges: real or generated",
        body: format!(
            "{}{}{}{}",
            lead(worst),
            introduction(judges),
            scroll_box("Accuracy of the judges", &table),
            unless_blank(&judges.coder, |text| format!("<p>{}</p>\n", escape(text)))
        ),
    })
}

/// Says how often the worst judge recognizes generated songs.
fn lead(worst: &JudgeRow) -> String {
    let Some(Verdict { accuracy, low, high }) = worst.generated else { return String::new() };
    let percent = |share: f64| fixed(100.0 * share, 0);
    format!(
        "<p class=\"lead\">The worst judge, {}, recognizes generated and real songs in <strong>{} %</strong> of \
         cases (95 % interval: {} to {} %); chance is 50 %. The page pairs.html lets you judge for yourself.</p>\n",
        escape(&worst.name.to_lowercase()),
        percent(accuracy),
        percent(low),
        percent(high)
    )
}

fn introduction(judges: &Judges) -> String {
    let Judges { side, songs, others, moved, .. } = judges;
    format!(
        "<p>Each judge learns to separate {songs} songs of one kind from {songs} real ones, the {} samples, and is \
         asked about songs that it has not seen (five-fold cross-validation; songs of one group stay together). \
         <strong>0.5 is a guess, 1 is always right; the worst judge counts.</strong> Null: {others} real songs \
         against as many other real songs. Power: real songs against others with {} % of their notes moved a \
         semitone.</p>\n",
        escape(side),
        fixed(100.0 * moved, 0)
    )
}

fn row(row: &JudgeRow) -> String {
    let [class, tag] = match row.is_worst {
        true => [" class=\"model\"", " <span class=\"tag\">worst</span>"],
        false => [""; 2],
    };
    let numbers = [row.reconstructed, row.train, row.shuffled, row.null, row.power];
    format!(
        "<tr{class}><th scope=\"row\">{}{tag} <span class=\"about\">{}</span></th>{}{}</tr>\n",
        escape(&row.name),
        escape(&row.about),
        verdict_cell(row.generated),
        numbers.map(|number| number_cell(number, 2)).concat(),
    )
}

fn verdict_cell(verdict: Option<Verdict>) -> String {
    let Some(Verdict { accuracy, low, high }) = verdict else { return number_cell(None, 2) };
    format!(
        "<td class=\"number\">{} <span class=\"about\">{} to {}</span></td>",
        fixed(accuracy, 2),
        fixed(low, 2),
        fixed(high, 2)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judges(generated: Option<Verdict>) -> Judges {
        let row = JudgeRow {
            name: "Trees".into(),
            about: "on <counts>".into(),
            is_worst: generated.is_some(),
            generated,
            reconstructed: Some(0.75),
            train: None,
            shuffled: Some(0.875),
            null: Some(0.5),
            power: Some(1.0),
        };
        Judges {
            side: "judging".into(),
            songs: 300,
            others: 200,
            moved: 0.05,
            coder: "3 & 4 bits".into(),
            rows: vec![row],
        }
    }

    #[test]
    fn row_has_an_interval_and_one_number_per_column() {
        let verdict = Some(Verdict { accuracy: 0.9, low: 0.875, high: 0.925 });
        let table = row(&judges(verdict).rows[0]);
        insta::assert_snapshot!(table.replace("><", ">\n<"), @r#"
        <tr class="model">
        <th scope="row">Trees <span class="tag">worst</span> <span class="about">on &lt;counts&gt;</span>
        </th>
        <td class="number">0.90 <span class="about">0.88 to 0.93</span>
        </td>
        <td class="number">0.75</td>
        <td class="number">–</td>
        <td class="number">0.88</td>
        <td class="number">0.50</td>
        <td class="number">1.00</td>
        </tr>
        "#);
        let body = section(&judges(verdict)).unwrap().body;
        assert!(body.contains("The worst judge, trees,") && body.contains("<strong>90 %</strong>"));
        assert!(body.contains("<p>3 &amp; 4 bits</p>"));
        assert!(body.contains("the judging samples") && body.contains("200 real songs"));
    }

    #[test]
    fn without_a_verdict_on_generated_songs_there_is_no_section() {
        assert!(section(&judges(None)).is_none());
    }
}
