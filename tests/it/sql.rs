//! Questions to `stats --sql` with DuckDB's answers, which `tests/sql/answers.py` writes.

use crate::corpora::folder;
use crate::project::Project;
use partita::columnar::{Frame, QueryError, Table};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Questions that DuckDB answers and that may be refused.
const MAX_REFUSED: usize = 40;

/// Parts of questions that are answered otherwise, and why. The same list, in words, is in `data/README.md`.
const DIALECT: [(&str, &str); 10] = [
    ("order by measures limit 3", "which of equal rows come first is open"),
    ("self limit", "which rows come first without order by is open"),
    ("group by format, path order by path limit 2", "which of equal rows come first is open"),
    ("order by n desc limit", "which of equal rows come first is open"),
    ("order by notes desc) = 1", "which of equal rows is the first is open"),
    ("order by notes desc) as best", "which of equal rows is the first is open"),
    ("order by ratio", "which of equal rows come first is open"),
    ("0.1 + 0.2", "numbers with a point are floating point numbers"),
    ("approx_quantile", "the quantile is exact"),
    ("duration/60", "x / 60 is divided, not multiplied by 1/60 rounded"),
];

fn tables() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sql")
}

/// Writes a row as text, with numbers to nine digits.
fn row_text<'a>(values: impl Iterator<Item = &'a Json>) -> String {
    values.map(value_text).collect::<Vec<_>>().join("\u{1F}")
}

fn value_text(value: &Json) -> String {
    match value {
        Json::Number(number) => format!("{:.8e}", number.as_f64().unwrap_or(f64::NAN) + 0.0),
        Json::Array(values) => format!("[{}]", row_text(values.iter())),
        other => other.to_string(),
    }
}

/// Returns the rows of an answer, in the order of their texts.
fn rows(frame: &Frame) -> Vec<String> {
    let row = |row: usize| {
        let values: Vec<Json> =
            frame.columns().iter().map(|column| column.values[row].to_json()).collect();
        row_text(values.iter())
    };
    sorted((0..frame.len()).map(row).collect())
}

fn sorted(mut rows: Vec<String>) -> Vec<String> {
    rows.sort();
    rows
}

fn is_dialect(query: &str) -> bool {
    DIALECT.iter().any(|(part, _)| query.contains(part))
}

#[test]
fn answers_are_those_of_duckdb() {
    let questions = fs_err::read_to_string(tables().join("questions.jsonl")).unwrap();
    let mut open: BTreeMap<String, Table> = BTreeMap::new();
    let (mut right, mut refused, mut different) = (0, Vec::new(), Vec::new());
    for line in questions.lines() {
        let case: Json = serde_json::from_str(line).unwrap();
        let (name, query) = (case["table"].as_str().unwrap(), case["sql"].as_str().unwrap());
        let table = open
            .entry(name.to_owned())
            .or_insert_with(|| Table::open(&tables().join(format!("{name}.parquet"))).unwrap());
        let expected = case["answer"].as_array().map(|rows| {
            sorted(rows.iter().map(|row| row_text(row.as_array().unwrap().iter())).collect())
        });
        match (expected, table.sql(query)) {
            (Some(expected), Ok(frame)) if expected == rows(&frame) => right += 1,
            (Some(_), Ok(_)) if is_dialect(query) => {}
            (Some(expected), Ok(frame)) => {
                let found = rows(&frame);
                let place = expected.iter().zip(&found).position(|(one, other)| one != other);
                let place = place.unwrap_or(expected.len().min(found.len()));
                different.push(format!(
                    "{name}: {query}\n  {} rows, expected {}: {:?}, expected {:?}",
                    found.len(),
                    expected.len(),
                    found.get(place),
                    expected.get(place)
                ));
            }
            (Some(_), Err(error)) => {
                let has_hint = !matches!(&error, QueryError::Sql { hint: None, .. });
                assert!(has_hint, "{query}: {error}");
                refused.push(format!("{name}: {query}\n  {error}"));
            }
            (None, _) => {}
        }
    }
    println!("{right} right, {} refused:\n{}", refused.len(), refused.join("\n"));
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n"));
    assert!(refused.len() <= MAX_REFUSED, "{} refused:\n{}", refused.len(), refused.join("\n"));
    assert!(right > 600, "{right}");
}

fn catalog_is_answered_like_duckdb(corpus: &str) {
    let project = Project::of(
        "vars: { corpus: data/midi }\nstages:\n  catalog: { uses: scan, files: { midi: \"${corpus}/**/*\" } }\n",
    );
    let folder = folder(&project, corpus);
    project.run(&["--set", &format!("corpus={}", folder.display())]);
    let catalog = project.path("artifacts/p/catalog/catalog.parquet");
    let python =
        std::env::var_os("PARTITA_DUCKDB").expect("PARTITA_DUCKDB is a Python with duckdb");
    let mut call = Command::new(python);
    call.arg(tables().join("answers.py")).arg(env!("CARGO_BIN_EXE_partita")).arg(&catalog);
    let outcome = call.output().unwrap();
    let text = String::from_utf8_lossy(&outcome.stdout).into_owned();
    assert!(outcome.status.success(), "{}", String::from_utf8_lossy(&outcome.stderr));
    let lines: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |kind: &str| lines.iter().filter(|line| line["kind"] == kind).collect::<Vec<_>>();
    let is_explained = |line: &&&Json| !line["sql"].as_str().is_some_and(is_dialect);
    let different: Vec<&Json> = of("different").iter().filter(is_explained).copied().collect();
    assert!(different.is_empty(), "{different:#?}");
    assert!(of("refused").len() <= MAX_REFUSED, "{:#?}", of("refused"));
}

#[test]
#[ignore = "needs PARTITA_CORPORA and PARTITA_DUCKDB"]
fn duckdb_answers_the_same_on_vgm() {
    catalog_is_answered_like_duckdb("vgm-dev");
}

#[test]
#[ignore = "needs PARTITA_CORPORA and PARTITA_DUCKDB"]
fn duckdb_answers_the_same_on_free_game_music() {
    catalog_is_answered_like_duckdb("game-free");
}
