//! Two or more runs, or instances of a sweep, side by side: what was asked for, what came out, and how the
//! trainings went. A [`RunsReport`] in, one page out.

use super::escape::escape;
use super::frame::{Heading, page};
use super::number::{fixed, places};
use super::section::{Section, definitions, scroll_box};
use super::{Curve, curves};

/// Everything on the page. Texts are plain: the page escapes them.
#[derive(Debug, Clone, Default)]
pub struct RunsReport {
    /// The page's heading.
    pub title: String,
    /// A sentence below it.
    pub subtitle: String,
    /// What is compared; all rows below have a value for each, in this order.
    pub runs: Vec<RunColumn>,
    /// What a reader of the metrics must know.
    pub notes: Vec<String>,
    /// The metrics to read first.
    pub metrics: Vec<RunMetric>,
    /// All others.
    pub other_metrics: Vec<RunMetric>,
    /// What was asked for and differs.
    pub settings: Vec<SettingRow>,
    /// The trainings over each other.
    pub curves: Vec<Curve>,
}

/// One run, or one instance of a sweep.
#[derive(Debug, Clone)]
pub struct RunColumn {
    /// A letter or two, by which the page calls it.
    pub label: String,
    /// Its name in full.
    pub name: String,
    /// Facts about it: name and value.
    pub facts: Vec<(String, String)>,
}

/// One figure of all runs.
#[derive(Debug, Clone)]
pub struct RunMetric {
    /// Its dotted name.
    pub name: String,
    /// Its value in each run.
    pub values: Vec<Option<f64>>,
    /// Which of them is better than all others, where that can be said.
    pub best: Option<usize>,
}

/// One thing that was asked for, in all runs.
#[derive(Debug, Clone)]
pub struct SettingRow {
    /// The stage; empty: the pipeline as a whole.
    pub stage: String,
    /// The parameter, or what else it is.
    pub name: String,
    /// Its value in each run; `None`: not said.
    pub values: Vec<Option<String>>,
}

/// The page, in UTF-8. Equal reports give equal pages.
pub fn render_runs(report: &RunsReport) -> String {
    let sections: Vec<Section> =
        [runs(&report.runs), settings(report), metrics(report), curves::section(&report.curves)]
            .into_iter()
            .flatten()
            .collect();
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
        "" => String::from("<p>The same was asked of all of them.</p>\n"),
        _ => scroll_box("What was asked for and differs", &table(report, "Parameter", "", &rows)),
    };
    (report.runs.len() > 1).then_some(Section { id: "settings", heading: "What differs", body })
}

fn metrics(report: &RunsReport) -> Option<Section> {
    let rows = |rows: &[RunMetric]| -> String { rows.iter().map(figure).collect() };
    let notes: String =
        report.notes.iter().map(|note| format!("<p>{}</p>\n", escape(note))).collect();
    let shown = match report.metrics.as_slice() {
        [] => String::new(),
        metrics => scroll_box("Figures", &table(report, "Figure", "number", &rows(metrics))),
    };
    let more = match report.other_metrics.as_slice() {
        [] => String::new(),
        more => format!(
            "<details><summary>{} more</summary>\n{}</details>\n",
            more.len(),
            scroll_box("More metrics", &table(report, "Figure", "number", &rows(more)))
        ),
    };
    (!report.metrics.is_empty() || !report.other_metrics.is_empty()).then(|| Section {
        id: "metrics",
        heading: "Figures",
        body: format!("{notes}{shown}{more}"),
    })
}

fn table(report: &RunsReport, first: &str, class: &str, rows: &str) -> String {
    let heading = |run: &RunColumn| {
        format!("<th scope=\"col\" class=\"{class}\">{}</th>", escape(&run.label))
    };
    let headings: String = report.runs.iter().map(heading).collect();
    format!(
        "<table class=\"runs\">\n<thead><tr><th scope=\"col\">{first}</th>{headings}</tr></thead>\n\
         <tbody>\n{rows}</tbody>\n</table>\n"
    )
}

fn figure(row: &RunMetric) -> String {
    let places = places(row.values.iter().flatten().copied());
    let cell = |(at, value): (usize, &Option<f64>)| {
        let value = match value {
            Some(0.0) => String::from("0"),
            value => fixed(value.unwrap_or(f64::NAN), places),
        };
        match row.best == Some(at) {
            true => {
                format!("<td class=\"number best\"><span class=\"tag\">best</span> {value}</td>")
            }
            false => format!("<td class=\"number\">{value}</td>"),
        }
    };
    let cells: String = row.values.iter().enumerate().map(cell).collect();
    let same = row.values.windows(2).all(|pair| pair[0] == pair[1]);
    let class = if same { " class=\"quiet\"" } else { "" };
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
        let series = Series { name: text.into(), points: vec![(0.0, 1.0), (1.0, 0.5)] };
        let curve = Curve { title: text.into(), unit: text.into(), series: vec![series; 2] };
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
    fn no_text_can_become_markup_and_no_script_runs() {
        let (evil, plain) = (render_runs(&report("<b a=\"'&'\">")), render_runs(&report("plain")));
        for character in ['<', '>', '"'] {
            assert_eq!(evil.matches(character).count(), plain.matches(character).count());
        }
        assert!(!evil.contains("<script") && !evil.contains("script-src"));
        assert!(evil.contains("&lt;b a=&quot;&#39;&amp;&#39;&quot;&gt;"));
    }

    #[test]
    fn the_best_is_marked_once_and_what_is_not_known_is_a_dash() {
        let html = figure(&report("x").metrics[0]);
        insta::assert_snapshot!(html.replace("><", ">\n<"), @r#"
        <tr>
        <th scope="row">x</th>
        <td class="number">0.250</td>
        <td class="number">–</td>
        <td class="number best">
        <span class="tag">best</span> 0.500</td>
        </tr>
        "#);
        assert!(!figure(&report("x").other_metrics[0]).contains("best"));
        let same = RunMetric { name: "x".into(), values: vec![Some(0.0); 2], best: None };
        assert!(figure(&same).starts_with("<tr class=\"quiet\">") && figure(&same).contains(">0<"));
    }

    #[test]
    fn runs_of_which_the_same_was_asked_say_so() {
        let same = RunsReport { settings: Vec::new(), ..report("x") };
        assert!(render_runs(&same).contains("The same was asked of all of them."));
        let html = render_runs(&report("x"));
        let sections: Vec<&str> = html.split("<section id=\"").skip(1).collect();
        let names: Vec<&str> = sections.iter().filter_map(|s| s.split('"').next()).collect();
        assert_eq!(names, ["runs", "settings", "metrics", "curves"]);
    }
}
