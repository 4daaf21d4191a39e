use super::*;

#[test]
fn example_of_the_design_loads_as_written() {
    let folder = project(SWEEP);
    let pipeline = load_in(folder.path(), &[]).unwrap();
    assert_eq!(
        (pipeline.name.as_str(), pipeline.about.as_str(), pipeline.seed),
        ("demo", "Video game music", 7)
    );
    assert_eq!(pipeline.root, folder.path());
    let catalog = &stage(&pipeline, "catalog").files["midi"][0];
    assert_eq!(catalog.base, folder.path().join("data/vgm"));
    assert_eq!(catalog.pattern, "**/*.{mid,midi,kar,rmi}");
    assert_eq!(catalog.written, "data/vgm/**/*.{mid,midi,kar,rmi}");
    assert_eq!(catalog.position, Position { line: 8, column: 20 });
    let rolls = stage(&pipeline, "pianorolls");
    assert_eq!(rolls.filter.as_deref(), Some("status = 'ok' and division <> 22050"));
    assert_eq!(rolls.params["measures"], Value::Integer(8));
    assert_eq!(feeds(&pipeline, "pianorolls", "catalog"), ["catalog.catalog"]);
    let train = stage(&pipeline, "train[latent=40,beta=0.1]");
    let resources = Resources { cpus: Some(2), memory: Some(4 << 30), gpu: Gpu::Optional };
    assert_eq!(train.resources, resources);
    let compare = stage(&pipeline, "compare");
    let command = Command {
        run: "python3 compare.py {reports} > {out}/table.csv".to_owned(),
        outputs: vec!["table.csv".to_owned()],
        env: vec!["LANG".to_owned()],
    };
    assert_eq!(compare.command.as_ref(), Some(&command));
    assert_eq!(compare.exclusive, ["plotter"]);
}

#[test]
fn missing_parameters_get_their_defaults() {
    let pipeline = loaded(HEAD);
    let params: Vec<String> = stage(&pipeline, "train")
        .params
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    assert_eq!(params, ["beta=1", "epochs=20", "latent=120", "loss=mse", "note=", "shuffle=true"]);
    assert_eq!(stage(&pipeline, "train").params["beta"], Value::Number(1.0));
    assert_eq!((pipeline.seed, pipeline.about.as_str()), (1, ""));
}

#[test]
fn values_keep_their_positions() {
    let pipeline = loaded(SWEEP);
    let place = |id: &str, key: &str| {
        let Position { line, column } = stage(&pipeline, id).position_of(key);
        (line, column)
    };
    assert_eq!(place("pianorolls", "where"), (12, 12));
    assert_eq!(place("pianorolls", "params.measures"), (13, 25));
    assert_eq!(place("train[latent=40,beta=0.1]", "needs.memory"), (19, 31));
    assert_eq!(place("catalog", "params.unwritten"), (6, 3));
}

#[test]
fn stage_or_its_only_read_output_can_be_referenced() {
    for written in ["train", "train.model"] {
        let yaml = format!("{HEAD}  b: {{ uses: generate, from: {{ model: {written} }} }}\n");
        assert_eq!(feeds(&loaded(&yaml), "b", "model"), ["train.model"]);
    }
    let yaml = format!(
        "{HEAD}  b: {{ uses: command, run: x, from: {{ a: train, b: train.log, c: d.sub/o.csv }} }}\n  \
         d: {{ uses: command, run: x, outputs: [sub/o.csv, more/] }}\n"
    );
    let pipeline = loaded(&yaml);
    assert_eq!(feeds(&pipeline, "b", "a"), ["train"]);
    assert_eq!(feeds(&pipeline, "b", "b"), ["train.log"]);
    assert_eq!(feeds(&pipeline, "b", "c"), ["d.sub/o.csv"]);
    let evaluate = "  g: { uses: generate, from: { model: train } }\n  \
                    b: { uses: evaluate, from: { samples: rolls, model: train, songs: g.songs } }\n";
    assert_eq!(feeds(&loaded(&format!("{HEAD}{evaluate}")), "b", "songs"), ["g"]);
}

#[test]
fn variables_expand_in_files_commands_conditions_and_text() {
    let yaml = "
vars: { corpus: /m, n: 040, glob: 'a/*.mid' }
stages:
  a: { uses: scan, files: { midi: ['${corpus}/x.mid', '${glob}', 'q/${glob}'] } }
  b: { uses: extract, from: { catalog: a }, where: 'notes > ${n}' }
  c: { uses: train, from: { samples: b }, params: { note: 'is ${n} $${n}' } }
  d: { uses: command, run: 'cost $$5 $HOME ${corpus}' }
";
    let pipeline = loaded(yaml);
    let files = &stage(&pipeline, "a").files["midi"];
    let root = &pipeline.root;
    let split: Vec<_> = files.iter().map(|f| (f.base.clone(), f.pattern.as_str())).collect();
    assert_eq!(split[0], ("/m".into(), "x.mid"));
    assert_eq!(split[1], (root.join("a"), "*.mid"));
    assert_eq!(split[2], (root.join("q/a"), "\\*.mid"));
    assert_eq!(stage(&pipeline, "b").filter.as_deref(), Some("notes > 040"));
    assert_eq!(stage(&pipeline, "c").params["note"], Value::Text("is 040 ${n}".to_owned()));
    let run = &stage(&pipeline, "d").command.as_ref().unwrap().run;
    assert_eq!(run, "cost $5 $HOME /m");
}

#[test]
fn tilde_is_the_home_folder() {
    let folder = project(HEAD);
    let loaded = load_in(folder.path(), &["corpus=~/midi"]);
    match std::env::var_os("HOME") {
        Some(home) => {
            let catalog = &stage(&loaded.unwrap(), "catalog").files["midi"][0].clone();
            assert_eq!(catalog.base, Path::new(&home).join("midi"));
            assert_eq!(catalog.written, "~/midi/*.mid");
        }
        None => assert_eq!(loaded.unwrap_err().code(), "no_home"),
    }
}

#[test]
fn gpu_needs_accept_words_and_booleans() {
    for (written, gpu) in [
        ("none", Gpu::None),
        ("false", Gpu::None),
        ("optional", Gpu::Optional),
        ("required", Gpu::Required),
        ("true", Gpu::Required),
    ] {
        let yaml =
            format!("stages: {{ a: {{ uses: command, run: x, needs: {{ gpu: {written} }} }} }}");
        assert_eq!(stage(&loaded(&yaml), "a").resources.gpu, gpu, "{written}");
    }
}

#[test]
fn commented_out_values_count_as_missing() {
    let yaml = format!(
        "{HEAD}  b:\n    uses: train\n    params:\n      # epochs: 3\n    matrix:\n    needs:\n    \
         exclusive:\n    files:\n    from: {{ samples: rolls }}\n"
    );
    let pipeline = loaded(&yaml);
    assert_eq!(stage(&pipeline, "b").params, stage(&pipeline, "train").params);
}

#[test]
fn anchors_and_merges_equal_the_spelled_out_file() {
    let yaml = "
stages:
  c: &c { uses: command, run: first, outputs: &o [a, b], env: [X] }
  d: { <<: *c, run: second }
  e: { <<: [{ run: third }, *c], env: [] }
  f: { uses: command, run: fourth, outputs: *o }
";
    let pipeline = loaded(yaml);
    let command = |id| stage(&pipeline, id).command.clone().unwrap();
    assert_eq!((command("d").run.as_str(), command("d").env), ("second", vec!["X".to_owned()]));
    assert_eq!((command("e").run.as_str(), command("e").env.len()), ("third", 0));
    assert_eq!(command("f").outputs, ["a", "b"]);
}

/// Everything but positions; stages by id, edges by id.
fn meaning(pipeline: &Pipeline) -> Vec<String> {
    let mut stages: Vec<String> = pipeline
        .stages
        .iter()
        .map(|s| {
            let StageInstance { id, name, variant, kind, params, filter, files, from, .. } = s;
            let StageInstance { resources, exclusive, command, .. } = s;
            let files: Vec<_> = files
                .iter()
                .map(|(n, f)| (n, f.iter().map(|f| (&f.pattern, &f.written)).collect::<Vec<_>>()))
                .collect();
            let from: Vec<_> = from.keys().map(|n| (n, feeds(pipeline, &id.0, n))).collect();
            format!(
                "{id} {name} {variant:?} {} {params:?} {filter:?} {files:?} {from:?} {resources:?} \
                 {exclusive:?} {command:?}",
                kind.name
            )
        })
        .collect();
    stages.sort();
    stages
}

#[test]
fn comments_and_key_order_have_no_effect() {
    let plain = loaded(SWEEP);
    let moved = "
stages:
  report: { from: { songs: songs, model: train.model, samples: pianorolls }, uses: evaluate }
  compare:
    # What it needs comes first.
    exclusive: plotter
    env: [LANG]
    outputs: [table.csv]
    run: python3 compare.py {reports} > {out}/table.csv
    gather: { reports: report }
    uses: command
  songs:
    params: { count: 4 }   # not many
    from: { model: train }
    uses: generate
  train:
    needs: { gpu: optional, memory: 4096MiB, cpus: 2 }
    params:
      loss: mse            # the default, written out loud
      epochs: 30
    matrix: { latent: [40, 120], beta: [0.1, 0.2] }
    from: { samples: pianorolls }
    uses: train
  pianorolls:
    where: status = 'ok' and division <> 22050
    params: { measures: 8 }
    uses: extract
    from: { catalog: catalog.catalog }
  catalog: { files: { midi: ['${corpus}/**/*.{mid,midi,kar,rmi}'] }, uses: scan }
vars: { corpus: data/vgm }
seed: 7
about: 'Video game music'
";
    let moved = loaded(moved);
    assert_eq!(meaning(&plain), meaning(&moved));
    assert_eq!((plain.seed, plain.about), (moved.seed, moved.about));
}

#[test]
fn stages_are_in_upstream_order_then_file_order() {
    let yaml = "
stages:
  z: { uses: command, run: x }
  last: { uses: command, run: x, from: { i: first } }
  m: { uses: command, run: x }
  first: { uses: command, run: x }
  a: { uses: command, run: x }
";
    let pipeline = loaded(yaml);
    assert_eq!(ids(&pipeline), ["z", "m", "first", "last", "a"]);
}

#[test]
fn equal_text_gives_equal_pipelines() {
    let folder = project(SWEEP);
    let once = format!("{:?}", load_in(folder.path(), &[]).unwrap());
    for _ in 0..5 {
        assert_eq!(format!("{:?}", load_in(folder.path(), &[]).unwrap()), once);
    }
}

#[test]
fn loading_checks_the_pipeline_name() {
    let folder = project(HEAD);
    let file = folder.path().join("pipelines/runs.yml");
    std::fs::write(&file, HEAD).unwrap();
    let error = load(&file, folder.path(), &KINDS, &[]).unwrap_err();
    assert_eq!(error.code(), "reserved_pipeline_name");
}
