//! `stats --sql` over several tables, from files and into files.

use crate::project::{Outcome, Project};
use crate::tiny::{corpus, song};
use std::io::Write;
use std::process::Stdio;

fn ran() -> Project {
    let project = corpus();
    project.write("data/midi/again.mid", song(48));
    project.run(&[]);
    project
}

#[test]
fn other_stages_and_files_are_tables() {
    let project = ran();
    project.write("labels.csv", "path,label\nthree.mid,\"good, old\"\ntwo.mid,new\n");
    let ask = |sql: &str, options: &[&str]| {
        let call = [&["stats", "p/catalog", "--sql", sql], options].concat();
        project.call_plain(&[&call[..], &["--format", "csv"]].concat()).stdout
    };
    let sql = "select label, count(*) as samples from self join Labels using (path) join rolls on rolls.path = self.path \
               group by label order by label";
    let labelled = ask(sql, &["--with", "labels=labels.csv"]);
    assert_eq!(labelled, "label,samples\n\"good, old\",2\nnew,2\n");
    let same = ask(
        "select count(*) as n from self s join c on s.path = c.path",
        &["--with", "c=p/catalog"],
    );
    assert_eq!(same, "n\n4\n");
    let file = project.call_plain(&[
        "stats",
        "labels.csv",
        "--sql",
        "select max(label) as m from self",
        "--format",
        "csv",
    ]);
    assert_eq!(file.stdout, "m\nnew\n");
}

#[test]
fn missing_or_doubled_table_is_named() {
    let project = ran();
    let refused = |options: &[&str], message: &str, hint: &str| {
        let call = project
            .call(&[&["stats", "p/catalog", "--sql", "select 1 from labels"], options].concat());
        assert_eq!(call.code, 2, "{}", call.stdout);
        assert!(call.error("message").contains(message), "{}", call.stdout);
        assert!(call.error("hint").contains(hint), "{}", call.stdout);
    };
    refused(&[], "there is no table 'labels'", "--with NAME=FILE");
    refused(&["--with", "labels"], "'labels' is not NAME=FILE", "--with labels=labels.csv");
    refused(&["--with", "self=p/rolls"], "two tables 'self'", "--with");
    refused(&["--with", "labels=no.csv"], "no.csv", "");
    project.write("labels.csv", "a,b\n1\n");
    refused(&["--with", "labels=labels.csv"], "labels.csv:2: has 1 cells", "");
}

#[test]
fn query_comes_from_a_file_or_standard_input() {
    let project = ran();
    project.write("q.sql", "-- the longest\nselect path\nfrom self order by path\nlimit 1;\n");
    let from_file =
        project.call_plain(&["stats", "p/catalog", "--sql", "@q.sql", "--format", "csv"]);
    assert_eq!(from_file.stdout, "path\nagain.mid\n", "{}", from_file.stderr);
    let mut command = project.command(&["stats", "p/catalog", "--sql", "-", "--format", "csv"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"select count(*) as n from self").unwrap();
    assert_eq!(Outcome::from(child.wait_with_output().unwrap()).stdout, "n\n4\n");
    let missing = project.call(&["stats", "p/catalog", "--sql", "@none.sql"]);
    assert_eq!(missing.code, 2);
    assert!(missing.error("message").contains("none.sql"), "{}", missing.stdout);
}

#[test]
fn answer_is_written_to_a_file_in_the_format_of_its_name() {
    let project = ran();
    let sql = "select path, notes, 18446744073709551615 as big, null as none, bytes - 100000 as b from self order by path limit 2";
    for name in ["a.csv", "a.json", "a.parquet"] {
        let call = project.call_plain(&["stats", "p/catalog", "--sql", sql, "--out", name]);
        assert_eq!((call.code, call.stdout.as_str()), (0, ""), "{}", call.stderr);
        assert!(call.stderr.contains("wrote 2 rows to "), "{}", call.stderr);
    }
    let csv = project.text("a.csv");
    assert!(
        csv.starts_with("path,notes,big,none,b\nagain.mid,16,18446744073709551615,,-99"),
        "{csv}"
    );
    let json = project.text("a.json");
    let places = ["path", "notes", "big", "none", "\"b\""].map(|name| json.find(name).unwrap());
    assert!(places.is_sorted(), "{json}");
    let again = project.call_plain(&[
        "stats",
        "a.parquet",
        "--sql",
        "select * from self",
        "--format",
        "csv",
    ]);
    assert_eq!(again.stdout, csv);
    let by = project.call_plain(&["stats", "p/catalog", "--by", "status", "--out", "by.csv"]);
    assert_eq!(by.code, 0, "{}", by.stderr);
    assert!(project.text("by.csv").starts_with("status,count,share"));
    let unknown = project.call(&["stats", "p/catalog", "--sql", sql, "--out", "a.xlsx"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.error("hint").contains(".parquet"), "{}", unknown.stdout);
    let nowhere = project.call(&["stats", "p/catalog", "--sql", sql, "--out", "none/a.csv"]);
    assert_ne!(nowhere.code, 0, "{}", nowhere.stdout);
}

#[test]
fn json_keeps_the_order_of_columns() {
    let project = ran();
    let sql = "select path as z, notes as a, notes as z from self order by path limit 1";
    let json = project.call_plain(&["stats", "p/catalog", "--sql", sql, "--format", "json"]).stdout;
    let places = ["\"z\"", "\"a\"", "\"z_1\""].map(|name| json.find(name).unwrap());
    assert!(places.is_sorted(), "{json}");
}
