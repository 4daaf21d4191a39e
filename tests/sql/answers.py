"""Questions to `partita stats --sql` with DuckDB's answers, for tests/it/sql.rs.

    python answers.py                recompute the answers in questions.jsonl from the tables beside it
    python answers.py PARTITA        first make the tables anew, with that program
    python answers.py PARTITA CATALOG.parquet   print the questions on a catalog that it answers otherwise

Needs duckdb. A line of questions.jsonl is a question: `table` (the name of a .parquet file here), `sql`, `duckdb` if DuckDB
spells it in another way, `answer`. The answer is null if DuckDB refuses the question; otherwise its rows, each value as JSON,
numbers rounded to nine digits, in no particular order. `own`: only DuckDB's spelling counts. Add a question as a line with `table`
and `sql`.
"""
import json, math, os, shutil, subprocess, sys, tempfile
import duckdb

HERE = os.path.dirname(os.path.abspath(__file__))
QUESTIONS = os.path.join(HERE, "questions.jsonl")
SONGS = "seed: 1\nstages: { songs: { uses: compose, params: { songs: 60 } } }\n"
PIPELINE = """
seed: 1
vars: { corpus: corpus }
stages:
  catalog: { uses: scan, files: { midi: "${corpus}/**/*" } }
  rolls:
    uses: extract
    from: { catalog: catalog }
    params: { measures: 4, steps: 16, pitches: 48, lowest_pitch: 36, validation: 0.3, least_onsets: 1 }
  train:
    uses: train
    from: { samples: rolls }
    params: { measure_hidden: 8, measure_code: 4, song_hidden: 8, latent: 2, batch: 8, epochs: 6, songs: 1 }
  drawn: { uses: generate, from: { model: train.model }, params: { count: 8 } }
  report: { uses: evaluate, from: { samples: rolls, model: train.model, songs: drawn } }
"""
NAMES = ["Zelda/Boss (1).mid", "Mega Man II/Boss II.mid", "Mega Man II/Intro_1.mid", "Pokémon/Battle.mid", "Mother's Tale/It's over.mid",
         "A+B/one [loop].mid", "Chrono Trigger/100%.mid", "M.A.S.K/tune.KAR", "ōkami/été.mid", "misc/a\"b.mid"]


def make_tables(partita):
    """Composed songs under odd names, some twice, some cut short, some no music at all."""
    with tempfile.TemporaryDirectory() as project:
        os.makedirs(f"{project}/pipelines"); os.makedirs(f"{project}/corpus/songs")
        def run(name, pipeline):
            open(f"{project}/pipelines/{name}.yaml", "w").write(pipeline)
            subprocess.run([partita, "-C", project, "run", name, "--progress", "none"], check=True, stdout=subprocess.DEVNULL)
        run("songs", SONGS)
        found = sorted(os.path.join(folder, name) for folder, _, names in os.walk(f"{project}/artifacts/songs/songs") for name in names if name.endswith(".mid"))
        for number, path in enumerate(found):
            name = NAMES[number // 3] if number % 3 == 0 and number // 3 < len(NAMES) else f"songs/song {number:02}.mid"
            target = f"{project}/corpus/{name}"
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy(path, target)
            if number % 7 == 0: shutil.copy(path, f"{project}/corpus/songs/copy of {number:02}.mid")
            if number % 14 == 0: shutil.copy(path, f"{project}/corpus/songs/another copy of {number:02}.mid")
            if number % 20 == 0: open(f"{project}/corpus/songs/cut {number:02}.mid", "wb").write(open(path, "rb").read()[:-60])
        for number in range(3): open(f"{project}/corpus/no music {number}.txt", "w").write("text" * number)
        run("p", PIPELINE)
        for name in ["catalog/catalog", "rolls/samples", "drawn/songs", "report/metrics", "train/model/history"]:
            shutil.copy(f"{project}/artifacts/p/{name}.parquet", f"{HERE}/{os.path.basename(name)}.parquet")


def norm(value):
    if isinstance(value, bool) or value is None or isinstance(value, str): return value
    if isinstance(value, float): return None if math.isnan(value) or math.isinf(value) else float(f"{value:.9g}")
    if isinstance(value, int): return float(f"{value:.9g}")
    if isinstance(value, (list, tuple)): return [norm(item) for item in value]
    return norm(float(value)) if hasattr(value, "as_tuple") else str(value)


def connect():
    con = duckdb.connect(config={"threads": 1})
    con.execute("set default_null_order='nulls_last_on_asc_first_on_desc'")
    return con


def ask(con, case):
    """DuckDB's rows: of the question itself if it takes it, otherwise of its own spelling."""
    spellings = [case["sql"], case.get("duckdb")] if not case.get("own") else [case["duckdb"]]
    for sql in filter(None, spellings):
        try: rows = con.execute(sql).fetchall()
        except Exception: continue
        return sorted(([norm(value) for value in row] for row in rows), key=lambda row: json.dumps(row, ensure_ascii=False))
    return None


def answer(con, case, file):
    con.execute(f"create or replace view self as select * from '{file}'")
    case["answer"] = ask(con, case)
    return case


def main(partita=None, catalog=None):
    cases = [json.loads(line) for line in open(QUESTIONS, encoding="utf-8")]
    con = connect()
    if catalog:
        count = {"right": 0, "different": 0, "refused": 0, "refused by DuckDB": 0}
        for case in [case for case in cases if case["table"] == "catalog"]:
            con.execute(f"create or replace view self as select * from '{catalog}'")
            want = ask(con, case)
            call = subprocess.run([partita, "stats", catalog, "--format", "json", "--sql", case["sql"]], capture_output=True, text=True)
            got = sorted(([norm(value) for value in row.values()] for row in json.loads(call.stdout)), key=lambda row: json.dumps(row, ensure_ascii=False)) if call.returncode == 0 else None
            kind = "refused by DuckDB" if want is None else "refused" if got is None else "right" if got == want else "different"
            count[kind] += 1
            if kind in ("different", "refused"): print(json.dumps({"kind": kind, "sql": case["sql"], "said": call.stderr.strip()[:200], "want": want[:2], "got": got and got[:2]}, ensure_ascii=False))
        print(json.dumps(count))
        return
    if partita: make_tables(os.path.abspath(partita))
    with open(QUESTIONS, "w", encoding="utf-8") as out:
        for case in cases:
            case = answer(con, case, f"{HERE}/{case['table']}.parquet")
            out.write(json.dumps(case, ensure_ascii=False, separators=(",", ":")) + "\n")


if __name__ == "__main__": main(*sys.argv[1:])
