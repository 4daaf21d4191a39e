//! Data flows one way: a module imports only modules above it, and each library has one owner.

mod files;

use std::path::{Path, PathBuf};

/// The modules in the order of the design.
const ORDER: [&str; 21] = [
    "music",
    "params",
    "numerics",
    "text",
    "metrics",
    "columnar",
    "vae",
    "decoder",
    "report",
    "fingerprint",
    "spec",
    "event",
    "store",
    "stage_api",
    "plan",
    "runner",
    "history",
    "stages",
    "inspect",
    "progress",
    "cli",
];

/// Crates of the workspace, and the modules that re-export them.
const CRATES: [(&str, &str); 5] = [
    ("partita_music", "music"),
    ("partita_params", "params"),
    ("partita_numerics", "numerics"),
    ("partita_vae", "vae"),
    ("partita_decoder", "decoder"),
];

/// A source file without comments and tests.
struct Source {
    /// Path in `src/`.
    path: PathBuf,
    /// Top-level module; `lib`, `core` and `main` for the roots.
    module: String,
    /// Number of names in the module path below the crate's root.
    depth: usize,
    code: String,
}

fn sources() -> Vec<Source> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = walkdir::WalkDir::new(&src).sort_by_file_name().into_iter().map(Result::unwrap);
    let found: Vec<Source> = files
        .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "rs"))
        .map(|entry| entry.path().strip_prefix(&src).unwrap().to_path_buf())
        .filter(|path| !is_test(path) && !path.starts_with("vae/examples"))
        .map(|path| source(&src, path))
        .collect();
    assert!(found.len() > 100, "the sources are found");
    found
}

fn is_test(path: &Path) -> bool {
    path.iter().any(|name| {
        let name = name.to_str().unwrap().trim_end_matches(".rs");
        name == "tests" || name.ends_with("_tests") || name == "fixture" || name == "testing"
    })
}

fn source(src: &Path, path: PathBuf) -> Source {
    let text = fs_err::read_to_string(src.join(&path)).unwrap();
    let names: Vec<&str> = path.iter().map(|name| name.to_str().unwrap()).collect();
    let depth = names.len() - usize::from(names.last() == Some(&"mod.rs"));
    let module = names[0].trim_end_matches(".rs").to_owned();
    Source { depth, module, code: code(&text), path }
}

/// Returns a file's text without comments and inline tests.
fn code(text: &str) -> String {
    let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    let lines = text[..end].lines().map(|line| line.split(" // ").next().unwrap_or_default());
    lines.filter(|line| !line.trim_start().starts_with("//")).fold(
        String::new(),
        |mut all, line| {
            all.push_str(line);
            all.push('\n');
            all
        },
    )
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Returns the text after each occurrence of `word` that has no letter before it.
fn places<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = &'a str> {
    code.match_indices(word)
        .filter(|&(at, _)| !code[..at].ends_with(is_word))
        .map(move |(at, _)| &code[at + word.len()..])
}

fn word(text: &str) -> &str {
    text.split(|c| !is_word(c)).next().unwrap_or_default()
}

/// Returns the names after a path: one, or each of a group in braces.
fn names(after: &str) -> Vec<String> {
    let Some(group) = after.strip_prefix('{') else { return vec![word(after).to_owned()] };
    let (mut depth, mut names, mut fresh) = (0, Vec::new(), true);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => fresh = true,
            c if is_word(c) && fresh && depth == 0 => {
                names.push(word(&group[at..]).to_owned());
                fresh = false;
            }
            _ => {}
        }
    }
    names
}

/// Returns the top-level modules that a file names.
fn imports(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    // In another crate, `crate::` and `super::` do not lead here.
    if !CRATES.iter().any(|(_, module)| *module == source.module) {
        let up = "super::".repeat(source.depth);
        found.extend(places(&source.code, "crate::").flat_map(names));
        found.extend(places(&source.code, &up).flat_map(names));
    }
    for (name, module) in CRATES {
        found.extend(places(&source.code, name).map(|_| module.to_owned()));
    }
    found.retain(|name| ORDER.contains(&name.as_str()));
    found
}

fn rank(module: &str) -> usize {
    ORDER
        .iter()
        .position(|name| *name == module)
        .unwrap_or_else(|| panic!("'{module}' is in no layer"))
}

#[test]
fn every_way_to_name_a_module_is_found() {
    let source = |code: &str| Source {
        path: "store/x.rs".into(),
        module: "store".into(),
        depth: 2,
        code: code.into(),
    };
    let seen = |code: &str| imports(&source(code));
    assert_eq!(seen("use crate::plan::Plan;"), ["plan"]);
    assert_eq!(seen("use crate::{plan::{Plan, cli}, event, spec};"), ["plan", "event", "spec"]);
    assert_eq!(seen("let x = crate::cli::main();"), ["cli"]);
    assert_eq!(seen("use super::super::runner::Options;"), ["runner"]);
    assert_eq!(seen("use partita_vae::Model;"), ["vae"]);
    assert_eq!(seen("use super::plan;"), [""; 0]);
    assert_eq!(
        code("//! crate::cli\nlet a = 1; // crate::cli\n#[cfg(test)]\nmod tests {\n"),
        "let a = 1;\n"
    );
}

#[test]
fn modules_import_only_modules_above_them() {
    let mut wrong = Vec::new();
    for source in sources() {
        if matches!(source.module.as_str(), "lib" | "core" | "main") {
            continue;
        }
        for import in imports(&source) {
            if rank(&import) > rank(&source.module) {
                wrong.push(format!("{} imports {import}", source.path.display()));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn the_roots_declare_the_modules_in_their_order() {
    let code =
        |root: &str| sources().into_iter().find(|source| source.module == root).unwrap().code;
    let module = |line: &str| {
        let name = line.strip_prefix("pub mod ").or_else(|| {
            let (name, module) = line.strip_prefix("pub use ")?.split_once(" as ")?;
            let module_of = CRATES.iter().find(|(crate_name, _)| *crate_name == name)?;
            (module.trim_end_matches(';') == module_of.1).then_some(module)
        })?;
        Some(name.trim_end_matches(';').to_owned())
    };
    let (core, lib) = (code("core"), code("lib"));
    let declared: Vec<String> = core.lines().chain(lib.lines()).filter_map(module).collect();
    assert_eq!(declared, ORDER);
    let below = ORDER.iter().filter(|name| !["progress", "cli"].contains(*name));
    for name in below {
        assert!(places(&lib, name).next().is_some(), "lib.rs re-exports {name}");
    }
}

#[test]
fn crates_depend_only_on_crates_above_them() {
    for (name, module) in CRATES {
        let path = format!("{}/src/{module}/Cargo.toml", env!("CARGO_MANIFEST_DIR"));
        let manifest = fs_err::read_to_string(path).unwrap();
        let (_, dependencies) = manifest.split_once("[dependencies]").expect("it has dependencies");
        let dependencies = dependencies.split("\n[").next().unwrap();
        assert!(dependencies.lines().count() > 1, "{manifest}");
        let lines = dependencies.lines().filter(|line| line.contains("path ="));
        for line in lines {
            let on = line.split_whitespace().next().unwrap().replace('-', "_");
            let (_, above) = CRATES.iter().find(|(name, _)| *name == on).expect("a crate of ours");
            assert!(rank(above) < rank(module), "{name} depends on {on}");
        }
        for source in sources().iter().filter(|source| source.module == module) {
            assert_eq!(places(&source.code, "partita::").count(), 0, "{}", source.path.display());
        }
    }
}

/// Returns the files outside `owners` that contain one of these texts.
fn named_outside_modules(texts: &[&str], owners: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources().iter().filter(|source| !owners.contains(&source.module.as_str())) {
        for text in texts.iter().filter(|text| places(&source.code, text).next().is_some()) {
            found.push(format!("{} names {text}", source.path.display()));
        }
    }
    found
}

#[test]
fn only_cli_and_progress_print() {
    let ways = [
        "println!",
        "print!",
        "eprintln!",
        "eprint!",
        "dbg!",
        "io::stdout",
        "io::stderr",
        "anstream::",
    ];
    assert_eq!(named_outside_modules(&ways, &["cli", "progress"]), [""; 0]);
}

/// Returns the files outside a folder that contain one of these texts.
fn named_outside(texts: &[&str], folder: &str) -> Vec<String> {
    let sources = sources().into_iter().filter(|source| !source.path.starts_with(folder));
    let names = |source: &Source, text: &str| places(&source.code, text).next().is_some();
    let found = sources.flat_map(|source| {
        let named: Vec<&&str> = texts.iter().filter(|text| names(&source, text)).collect();
        named
            .iter()
            .map(|text| format!("{} names {text}", source.path.display()))
            .collect::<Vec<_>>()
    });
    found.collect()
}

#[test]
fn only_the_command_stage_runs_programs() {
    let ways = ["process::Command", "std::process::{", "posix_spawn", "pre_exec", "fork(", "execv"];
    assert_eq!(named_outside(&ways, "stages/command"), [""; 0]);
    let seen = named_outside(&["std::process::{"], "nowhere");
    assert!(
        seen.iter().any(|line| line.starts_with("stages/command/")),
        "the search works: {seen:?}"
    );
}

#[test]
fn no_code_writes_into_system_folders() {
    let ways = [
        "temp_dir()",
        "tempfile::tempdir(",
        "tempfile::tempfile(",
        "NamedTempFile::new(",
        "home_dir",
    ];
    assert_eq!(named_outside(&ways, "nowhere"), [""; 0]);
}

#[test]
fn each_library_has_one_owner() {
    for (libraries, owner) in [
        (&["serde_yaml::", "saphyr_parser::", "globset::"][..], "spec"),
        (&["indicatif::"], "progress"),
        (&["textwrap::", "unicode_width::", "strsim::"], "text"),
        (&["clap::", "clap_complete::", "ExitCode::"], "cli"),
        (&["polars::", "sqlparser::", "regex::", "arrow::", "parquet::", "memmap2::"], "columnar"),
        (&["midly::", "encoding_rs::"], "music"),
        (&["burn::", "burn_"], "vae"),
        (&["safetensors::"], "numerics"),
        (&["png::", "crc32c::"], "report"),
        (&["notify::"], "runner"),
    ] {
        assert_eq!(named_outside_modules(libraries, &[owner]), [""; 0], "belongs to {owner}");
    }
}

#[test]
fn runner_names_no_stage_kind() {
    let kinds = [
        "compose", "scan", "extract", "train", "refiner", "decoder", "critic", "generate",
        "evaluate", "command",
    ];
    let quoted = kinds.map(|kind| format!("\"{kind}\""));
    for source in sources() {
        if !["runner", "plan", "store", "event", "stage_api"].contains(&source.module.as_str()) {
            continue;
        }
        for kind in &quoted {
            assert!(!source.code.contains(kind), "{} names {kind}", source.path.display());
        }
        assert_eq!(places(&source.code, "stages::").count(), 0, "{}", source.path.display());
    }
}
