use std::path::{Path, PathBuf};

use super::{QueryError, Table, Value, check_condition};
use crate::columnar::fixture::{catalog, sample_rows, written};
use crate::columnar::{CatalogRow, SongRow, read_catalog};
use crate::music::midi::Status;

/// The catalog's table; the folder must live as long.
fn open_catalog(folder: &Path) -> Table {
    Table::open(&written(folder, &catalog())).unwrap()
}

#[test]
fn condition_selects_the_same_rows_as_a_loop() {
    let folder = tempfile::tempdir().unwrap();
    let table = open_catalog(folder.path());
    type Test = fn(&CatalogRow) -> bool;
    let conditions: [(&str, Test); 10] = [
        ("status = 'ok' and division <> 96", |row| {
            row.status == Status::Ok && row.division == Some(480)
        }),
        ("notes > 1000 -- only the long ones", |row| row.notes > 1000),
        ("tempo is null", |row| row.tempo.is_none()),
        ("Bytes - 1000 < 0 and NOTES >= 0", |row| row.bytes < 1000),
        ("tempo < 100 or not status = 'ok'", |row| row.tempo.is_none_or(|tempo| tempo < 100.0)),
        ("path like 'odd/%'", |row| row.path.starts_with("odd/")),
        ("array_contains(time_signatures, '3/4')", |row| row.time_signatures == ["3/4"]),
        ("not array_contains(faults, 'not_midi')", |row| row.faults.is_empty()),
        ("array_length(programs) > 2 and array_contains(programs, 33)", |_| true),
        ("true", |_| true),
    ];
    for (condition, test) in conditions {
        let expected: Vec<usize> =
            (0..).zip(&catalog()).filter(|(_, row)| test(row)).map(|(index, _)| index).collect();
        assert_eq!(table.filter(condition).unwrap(), expected, "{condition}");
        check_condition::<CatalogRow>(condition).unwrap();
    }
}

#[test]
fn invalid_condition_is_refused_with_and_without_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let table = open_catalog(folder.path());
    for (condition, said) in [
        ("statsu = 'ok'", "unknown column `statsu`; did you mean `status`?"),
        ("count(*) > 1", "`count(*)` is not supported"),
        ("row_number() over () = 1", "`row_number() OVER ()` is not supported"),
        ("mediann(notes) > 1", "there is no function 'mediann'"),
        ("zzz is null", "unknown column `zzz`; the columns are path, bytes,"),
        ("status = 'ok", "is not a valid condition"),
        ("status = 'ok') or (true", "is not a valid condition"),
        ("status = 'ok' status", "is not a valid condition"),
        ("", "is not a valid condition"),
        ("notes", "it must be true or false for a row, but this is a whole number"),
        ("notes > 'many'", "is not a valid condition"),
        ("no_such_function(notes)", "is not a valid condition"),
    ] {
        let with = table.filter(condition).unwrap_err();
        assert!(with.to_string().contains(said), "{condition}: {with}");
        let without = check_condition::<CatalogRow>(condition).unwrap_err();
        assert_eq!(without.to_string(), with.to_string());
    }
}

#[test]
fn sql_returns_plain_values() {
    let folder = tempfile::tempdir().unwrap();
    let table = open_catalog(folder.path());
    let frame = table
        .sql("SELECT status, COUNT(*) AS files, AVG(notes) AS notes FROM self GROUP BY status ORDER BY status")
        .unwrap();
    let values: Vec<&[Value]> = frame.columns().iter().map(|column| &column.values[..]).collect();
    assert_eq!(values[0], ["not_midi", "ok"].map(Value::from));
    assert_eq!(values[1], [Value::Int(2), Value::Int(38)]);
    assert_eq!(values[2], [0.0, 2823.5].map(Value::Float));
}

#[test]
fn failed_query_has_a_one_line_reason() {
    let folder = tempfile::tempdir().unwrap();
    let table = open_catalog(folder.path());
    let unknown = table.sql("SELECT nots FROM self").unwrap_err();
    assert_eq!(unknown.to_string(), "unknown column `nots`; did you mean `notes`?");
    for query in ["SELEC 1", "SELECT * FROM other", "SELECT path + FROM self", "", "DROP"] {
        let error = table.sql(query).unwrap_err().to_string();
        assert!(error.starts_with("the query failed: ") && error.lines().count() == 1, "{error}");
    }
}

#[test]
fn failed_query_has_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    let table = open_catalog(folder.path());
    for (query, reason, hint) in [
        (
            "selct path from self",
            "expected an SQL statement, found selct at column 1",
            "select path",
        ),
        ("select path from self where", "expected an expression, found its end", "for example"),
        ("select path from catalog", "there is no table 'catalog'", "the table is called self"),
        (
            "select path from self where status = \"good\"",
            "no column 'good'",
            "in single quotes: 'good'",
        ),
        ("select mediann(notes) from self", "no function 'mediann'", "did you mean 'median'?"),
        ("select nonsense(notes) from self", "no function 'nonsense'", "there are abs, any_value"),
        (
            "select path from self where notes > 'many'",
            "mixes a whole number and text",
            "numbers are not quoted",
        ),
        ("select cast(path as int) from self", "cannot be read as a whole number", "try_cast"),
        ("delete from self", "only read", "begins with select"),
        ("select path from self; select 1", "not one query", "for example"),
        (
            "select (select max(b.notes) from self b where b.status = a.status) from self a",
            "a subquery that uses a of the query around it",
            "with best as",
        ),
        ("select now() from self", "the function `now` is not supported", "the table alone"),
        ("select date '2020-01-01' from self", "is not supported", "dates are not supported"),
        ("select path from read_csv('x') t", "is not supported", "--with NAME=FILE"),
        (
            "select notes from self where notes > max(notes)",
            "is an aggregate",
            "having tests groups",
        ),
        ("select path, count(*) from self", "neither in GROUP BY nor in an aggregate", "group by"),
        ("select 9223372036854775807 + notes from self", "does not fit into 64 bits", "double"),
    ] {
        match table.sql(query) {
            Err(QueryError::Sql { reason: told, hint: Some(advice) }) => {
                assert!(told.contains(reason), "{query}: {told}");
                assert!(advice.contains(hint), "{query}: {advice}");
            }
            other => panic!("{query}: {other:?}"),
        }
    }
}

#[test]
fn unknown_column_is_named_wherever_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let table = open_catalog(folder.path());
    for query in [
        "select nots from self",
        "select self.nots from self",
        "select path from self where nots > 3",
        "select sum(nots) as x from self",
        "select path from self order by nots",
        "select path from self where \"nots\" > 3",
    ] {
        match table.sql(query) {
            Err(QueryError::UnknownColumn { name, nearest, columns }) => {
                assert_eq!((name.as_str(), nearest.as_deref()), ("nots", Some("notes")), "{query}");
                assert_eq!(columns.len(), table.columns().len());
            }
            other => panic!("{query}: {other:?}"),
        }
    }
}

#[test]
fn groups_count_every_row_once_largest_first() {
    let folder = tempfile::tempdir().unwrap();
    let table = open_catalog(folder.path());
    let frame = table.by("time_signatures").unwrap();
    let column = |name: &str| frame.columns().iter().find(|column| column.name == name).unwrap();
    assert_eq!(column("time_signatures").values, ["4/4", "3/4"].map(Value::from));
    assert_eq!(column("count").values, [Value::Int(33), Value::Int(7)]);
    assert_eq!(column("share").values, [0.825, 0.175].map(Value::Float));
    let frame = table.by("programs").unwrap();
    assert_eq!(frame.columns()[0].values, [0, 33, 48].map(Value::Int));
    assert_eq!(frame.columns()[2].values, [1.0; 3].map(Value::Float), "of all files");
    let frame = table.by("faults").unwrap();
    assert_eq!(frame.columns()[0].values, [Value::Null, "not_midi".into()]);
    assert_eq!(frame.columns()[1].values, [38, 2].map(Value::Int));
    let frame = table.by("time_signatures").unwrap();
    let three: Vec<_> = catalog()
        .into_iter()
        .filter(|row| row.time_signatures == ["3/4"])
        .map(|row| row.notes)
        .collect();
    let mean = three.iter().sum::<i64>() as f64 / three.len() as f64;
    assert_eq!(column("mean_notes").values[1], Value::Float(mean));
    let names: Vec<&str> = frame.columns().iter().map(|column| column.name.as_str()).collect();
    assert!(!names.contains(&"mean_division"), "a mean division says nothing: {names:?}");
    let nearest = table.by("tracs").unwrap_err();
    assert_eq!(nearest.to_string(), "unknown column `tracs`; did you mean `tracks`?");
    assert_eq!(table.by("tempo").unwrap().columns()[0].values.len(), 39);
}

#[test]
fn group_without_values_has_no_mean() {
    let folder = tempfile::tempdir().unwrap();
    let frame = open_catalog(folder.path()).by("status").unwrap();
    let tempo = frame.columns().iter().find(|column| column.name == "mean_tempo").unwrap();
    assert_eq!(frame.columns()[0].values[1], "not_midi".into());
    assert_eq!(tempo.values[1], Value::Null);
    assert_eq!(frame.to_json()[1]["mean_tempo"], serde_json::Value::Null);
}

#[test]
fn every_numeric_column_of_a_foreign_table_has_a_mean() {
    let folder = tempfile::tempdir().unwrap();
    let rows: Vec<ScoredRow> = (0..4)
        .map(|row| ScoredRow { player: if row < 3 { "a" } else { "b" }.to_owned(), points: row })
        .collect();
    let frame = Table::open(&written(folder.path(), &rows)).unwrap().by("player").unwrap();
    assert_eq!(frame.to_csv(), "player,count,share,mean_points\na,3,0.75,1\nb,1,0.25,3\n");
}

crate::columnar::table::table! {
    /// A foreign table.
    pub struct ScoredRow {
        /// Who
        pub player: String,
        /// How many
        pub points: i64,
    }
}

#[test]
fn description_agrees_with_sql() {
    let folder = tempfile::tempdir().unwrap();
    let table = open_catalog(folder.path());
    let description = table.describe().unwrap();
    let find = |name: &str| {
        description.numbers.columns()[0].values.iter().position(|value| *value == name.into())
    };
    let tempo = find("tempo").unwrap();
    let row: Vec<&Value> =
        description.numbers.columns().iter().map(|column| &column.values[tempo]).collect();
    let by_sql = table
        .sql(
            "SELECT MIN(tempo) AS a, QUANTILE_CONT(tempo, 0.25) AS b, MEDIAN(tempo) AS c,
              QUANTILE_CONT(tempo, 0.75) AS d, MAX(tempo) AS e, AVG(tempo) AS f FROM self",
        )
        .unwrap();
    assert_eq!(*row[2], Value::Unsigned(2));
    fn numbers(values: Vec<&Value>) -> Vec<f64> {
        values.into_iter().map(|value| value.number().unwrap()).collect()
    }
    let sql = numbers(by_sql.columns().iter().map(|column| &column.values[0]).collect());
    for (ours, theirs) in numbers(row[4..].to_vec()).into_iter().zip(sql) {
        assert!((ours - theirs).abs() < 1e-9, "{ours} {theirs}");
    }
    assert_eq!(description.rows, 40);
    assert_eq!(description.frame().len(), table.columns().len());
}

#[test]
fn empty_table_answers_every_query() {
    let folder = tempfile::tempdir().unwrap();
    let table = Table::open(&written::<CatalogRow>(folder.path(), &[])).unwrap();
    assert_eq!(table.filter("status = 'ok'").unwrap(), Vec::<usize>::new());
    assert!(table.by("status").unwrap().is_empty());
    assert!(table.sql("SELECT * FROM self").unwrap().is_empty());
    assert_eq!(table.describe().unwrap().rows, 0);
}

#[test]
fn lists_are_values() {
    let folder = tempfile::tempdir().unwrap();
    let song = SongRow {
        index: 0,
        seed: 1,
        model: "m".to_owned(),
        threshold: 0.5,
        onsets: 3,
        density: 0.1,
        lowest_pitch: None,
        highest_pitch: None,
        distinct_measures: 1,
        mid: "a.mid".to_owned(),
        npy: Some("a.npy".to_owned()),
        png: Some("a.png".to_owned()),
        tempo: 120,
        time_signature: "4/4".to_owned(),
        sheet: Some("a.musicxml".to_owned()),
        melody_threshold: Some(0.75),
        melody: vec![3, 9216],
        source: None,
        cells: vec![0, 9216],
        score: None,
        latent: vec![0.5, -2.0],
    };
    let table = Table::open(&written(folder.path(), &[song])).unwrap();
    let frame = table.sql("SELECT latent FROM self").unwrap();
    let expected = Value::List(vec![Value::Float(0.5), Value::Float(-2.0)]);
    assert_eq!(frame.columns()[0].values, [expected]);
    assert_eq!(frame.to_csv(), "latent\n\"[0.5,-2.0]\"\n");
    assert!(table.describe().is_ok());
}

#[test]
fn brackets_in_folder_names_are_no_pattern() {
    let folder = tempfile::tempdir().unwrap();
    let instance = folder.path().join("train[latent=40,beta=0.1]");
    fs_err::create_dir(&instance).unwrap();
    let path = written(&instance, &catalog());
    assert_eq!(Table::open(&path).unwrap().filter("status <> 'ok'").unwrap(), [38, 39]);
    assert_eq!(read_catalog(&path).unwrap().len(), 40);
}

#[test]
fn non_parquet_file_is_refused_without_a_panic() {
    let folder = tempfile::tempdir().unwrap();
    let unreadable = |path: PathBuf| match Table::open(&path).and_then(|table| table.describe()) {
        Ok(_) => panic!("the file was accepted"),
        Err(error) => assert!(matches!(error, QueryError::Table(_)), "{error}"),
    };
    unreadable(folder.path().join("absent"));
    unreadable(folder.path().to_owned());
    let path = written(folder.path(), &sample_rows(50));
    let bytes = fs_err::read(&path).unwrap();
    for length in (0..bytes.len()).step_by(97) {
        fs_err::write(&path, &bytes[..length]).unwrap();
        unreadable(path.clone());
    }
}
