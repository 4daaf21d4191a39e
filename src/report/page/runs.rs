//! A page that compares runs, or the instances of a sweep: their settings, metrics and training curves.

use super::Chart;
use super::chart;
use super::frame::{Heading, page};
use super::number::{fixed, places};
use super::section::{Section, definitions, scroll_box, unless_blank};
use super::table::Column::{self, Number, Text};
use super::table::{number_cell, table_head};
use crate::report::escape::escape;

/// The values on a page that compares runs. All texts are plain; the page escapes them.
#[derive(Debug, Clone, Default)]
pub struct RunsReport {
    /// Heading of the page.
    pub title: String,
    /// Sentence below the heading.
    pub subtitle: String,
    /// The compared runs; every row below has one value per run, in this order.
    pub runs: Vec<RunColumn>,
    /// Notes that readers of the metrics need.
    pub notes: Vec<String>,
    /// The most important metrics.
    pub metrics: Vec<RunMetric>,
    /// All other metrics.
    pub other_metrics: Vec<RunMetric>,
    /// The settings that differ.
    pub settings: Vec<SettingRow>,
    /// Training curves with one series per run.
    pub curves: Vec<Chart>,
}

/// A run, or an instance of a sweep.
#[derive(Debug, Clone)]
pub struct RunColumn {
    /// One or two letters that identify the run on the page.
    pub label: String,
    /// Full name.
    pub name: String,
    /// Facts about the run: name and value.
    pub facts: Vec<(String, String)>,
}

/// A metric of all runs.
#[derive(Debug, Clone)]
pub struct RunMetric {
    /// Dotted name.
    pub name: String,
    /// Value in each run.
    pub values: Vec<Option<f64>>,
    /// Index of the value that is better than all others; `None` if there is none, or no direction is better.
    pub best: Option<usize>,
}

/// A setting in all runs.
#[derive(Debug, Clone)]
pub struct SettingRow {
    /// The stage; empty for the whole pipeline.
    pub stage: String,
    /// The parameter, or another setting.
    pub name: String,
    /// Value in each run; `None` if the run does not set it.
    pub values: Vec<Option<String>>,
}

/// Renders the comparison of runs as one HTML page. Equal reports give equal pages.
pub fn render_runs(report: &RunsReport) -> String {
    let curves = chart::training_section(&report.curves);
    let sections = [runs(&report.runs), settings(report), metrics(report), curves];
    let sections: Vec<Section> = sections.into_iter().flatten().collect();
    let heading = Heading { title: &report.title, subtitle: &report.subtitle, facts: &[] };
    page(&heading, &sections, false)
}

fn runs(runs: &[RunColumn]) -> Option<Section> {
    let card = |run: &RunColumn| {
        format!(
            "<li class=\"card\"><h3><span class=\"tag\">{}</span> {}</h3>\n{}</li>\n",
            escape(&run.label),
            escape(&run.name),
            definitions("features", &run.facts)
        )
    };
    let cards: String = runs.iter().map(card).collect();
    (!runs.is_empty()).then(|| Section {
        id: "runs",
        heading: "Runs",
        body: format!("<ol class=\"cards beside\">\n{cards}</ol>\n"),
    })
}

fn settings(report: &RunsReport) -> Option<Section> {
    let row = |row: &SettingRow| {
        let value = |value: &Option<String>| match value {
            Some(value) => format!("<td>{}</td>", escape(value)),
            None => String::from("<td class=\"quiet\">–</td>"),
        };
        let values: String = row.values.iter().map(value).collect();
        let stage = if row.stage.is_empty() { "pipeline" } else { &row.stage };
        format!(
            "<tr><th scope=\"row\">{} <span class=\"about\">{}</span></th>{values}</tr>\n",
            escape(&row.name),
            escape(stage)
        )
    };
    let rows: String = report.settings.iter().map(row).collect();
    let body = match rows.as_str() {
        "" => String::from("<p>All settings are equal.</p>\n"),
        _ => scroll_box("Settings that differ", &table(report, "Parameter", false, &rows)),
    };
    (report.runs.len() > 1).then_some(Section { id: "settings", heading: "What differs", body })
}

fn metrics(report: &RunsReport) -> Option<Section> {
    let RunsReport { notes, metrics, other_metrics, .. } = report;
    let table = |label: &str, rows: &[RunMetric]| {
        let rows: String = rows.iter().map(metric_row).collect();
        unless_blank(&rows, |rows| scroll_box(label, &table(report, "Metric", true, rows)))
    };
    let notes: String = notes.iter().map(|note| format!("<p>{}</p>\n", escape(note))).collect();
    let others = unless_blank(&table("More metrics", other_metrics), |table| {
        format!("<details><summary>{} more</summary>\n{table}</details>\n", other_metrics.len())
    });
    (!metrics.is_empty() || !other_metrics.is_empty()).then(|| Section {
        id: "metrics",
        heading: "Metrics",
        body: format!("{notes}{}{others}", table("Metrics", metrics)),
    })
}

/// Renders a table with one column per run.
fn table(report: &RunsReport, first: &str, is_numeric: bool, rows: &str) -> String {
    let labels: Vec<String> = report.runs.iter().map(|run| escape(&run.label)).collect();
    let labels = labels.iter().map(|label| if is_numeric { Number(label) } else { Text(label) });
    let columns: Vec<Column<'_>> = std::iter::once(Text(first)).chain(labels).collect();
    format!("<table class=\"runs\">\n{}<tbody>\n{rows}</tbody>\n</table>\n", table_head(&columns))
}

fn metric_row(row: &RunMetric) -> String {
    let places = places(row.values.iter().flatten().copied());
    let cell = |(index, value): (usize, &Option<f64>)| {
        let places = if *value == Some(0.0) { 0 } else { places };
        match value.filter(|_| row.best == Some(index)) {
            Some(value) => format!(
                "<td class=\"number best\"><span class=\"tag\">best</span> {}</td>",
                fixed(value, places)
            ),
            None => number_cell(*value, places),
        }
    };
    let cells: String = row.values.iter().enumerate().map(cell).collect();
    let is_constant = row.values.windows(2).all(|pair| pair[0] == pair[1]);
    let class = if is_constant { " class=\"quiet\"" } else { "" };
    format!("<tr{class}><th scope=\"row\">{}</th>{cells}</tr>\n", escape(&row.name))
}
#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::page::Series;

    fn report(text: &str) -> RunsReport {
        let run = |label: &str| RunColumn {
            label: label.into(),
            name: text.into(),
            facts: vec![("outcome".into(), text.into())],
        };
        let series = Series::line(text, vec![(0.0, 1.0), (1.0, 0.5)]);
        let curve = Chart::over_epochs(text, text, vec![series; 2]);
        let row = RunMetric {
            name: text.into(),
            values: vec![Some(0.25), None, Some(0.5)],
            best: Some(2),
        };
        RunsReport {
            title: text.into(),
            subtitle: text.into(),
            runs: ["A", "B", "C"].map(run).to_vec(),
            notes: vec![text.into()],
            metrics: vec![row.clone()],
            other_metrics: vec![RunMetric { best: None, ..row }],
            settings: vec![SettingRow {
                stage: text.into(),
                name: text.into(),
                values: vec![Some(text.into()), None, Some("1".into())],
            }],
            curves: vec![curve],
        }
    }

    #[test]
    fn no_text_becomes_markup_and_no_script_runs() {
        let (evil, plain) = (render_runs(&report("<b a=\"'&'\">")), render_runs(&report("plain")));
        for character in ['<', '>', '"'] {
            assert_eq!(evil.matches(character).count(), plain.matches(character).count());
        }
        assert!(!evil.contains("<script") && !evil.contains("script-src"));
        assert!(evil.contains("&lt;b a=&quot;&#39;&amp;&#39;&quot;&gt;"));
    }

    #[test]
    fn best_value_is_marked_once_and_an_unknown_one_is_a_dash() {
        let html = metric_row(&report("x").metrics[0]);
        insta::assert_snapshot!(html.replace("><", ">\n<"), @r#"
        <tr>
        <th scope="row">x</th>
        <td class="number">0.250</td>
        <td class="number">–</td>
        <td class="number best">
        <span class="tag">best</span> 0.500</td>
        </tr>
        "#);
        assert!(!metric_row(&report("x").other_metrics[0]).contains("best"));
        let same = RunMetric { name: "x".into(), values: vec![Some(0.0); 2], best: None };
        assert!(
            metric_row(&same).starts_with("<tr class=\"quiet\">")
                && metric_row(&same).contains(">0<")
        );
    }

    #[test]
    fn page_of_runs_with_equal_settings_says_so() {
        let same = RunsReport { settings: Vec::new(), ..report("x") };
        assert!(render_runs(&same).contains("All settings are equal."));
        let html = render_runs(&report("x"));
        let sections: Vec<&str> = html.split("<section id=\"").skip(1).collect();
        let names: Vec<&str> = sections.iter().filter_map(|s| s.split('"').next()).collect();
        assert_eq!(names, ["runs", "settings", "metrics", "curves"]);
    }
}
