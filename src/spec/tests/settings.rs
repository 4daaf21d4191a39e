use super::*;

#[test]
fn variable_seed_and_parameter_can_be_set() {
    let settings = ["corpus=/midi/Album [1999]", "seed=9", "stages.train.params.beta=2"];
    let pipeline = loaded_with(SWEEP, &settings);
    assert_eq!(pipeline.seed, 9);
    let files = &stage(&pipeline, "catalog").files["midi"][0];
    assert_eq!(files.base, Path::new("/midi/Album [1999]"));
    assert_eq!(files.pattern, "**/*.{mid,midi,kar,rmi}");
    let trains = ["train[latent=40]", "train[latent=120]"];
    for id in trains {
        assert_eq!(stage(&pipeline, id).params["beta"], Value::Number(2.0));
    }
    assert_eq!(ids(&pipeline)[2..4], trains);
}

#[test]
fn setting_every_axis_leaves_one_instance() {
    let settings = ["stages.train.params.beta=2", "stages.train.params.latent=3"];
    let pipeline = loaded_with(SWEEP, &settings);
    assert_eq!(ids(&pipeline), ["catalog", "pianorolls", "train", "songs", "report", "compare"]);
}

#[test]
fn stage_without_params_accepts_them_and_the_last_of_two_applies() {
    let pipeline =
        loaded_with(HEAD, &["stages.train.params.epochs=3", "stages.train.params.epochs=0x10"]);
    assert_eq!(stage(&pipeline, "train").params["epochs"], Value::Integer(16));
    let quoted = loaded_with(HEAD, &["stages.train.params.note='3'"]);
    assert_eq!(stage(&quoted, "train").params["note"], Value::Text("3".to_owned()));
    let hash = loaded_with(HEAD, &["corpus=data/a #1: x"]);
    assert_eq!(stage(&hash, "catalog").files["midi"][0].written, "data/a #1: x/*.mid");
}

#[test]
fn setting_does_not_change_other_aliases_of_a_value() {
    let yaml = format!(
        "{HEAD}  a: {{ uses: train, from: {{ samples: rolls }}, params: &p {{ epochs: 1 }} }}\n  \
         b: {{ uses: train, from: {{ samples: rolls }}, params: *p }}\n"
    );
    let pipeline = loaded_with(&yaml, &["stages.a.params.epochs=2"]);
    assert_eq!(stage(&pipeline, "a").params["epochs"], Value::Integer(2));
    assert_eq!(stage(&pipeline, "b").params["epochs"], Value::Integer(1));
}

#[test]
fn invalid_setting_is_refused_with_the_valid_ones() {
    let cases = [
        ("corpsu=x", "--set corpsu=x: unknown setting 'corpsu'\n  hint: did you mean 'corpus'?"),
        (
            "epochs=3",
            "--set epochs=3: unknown setting 'epochs'\n  hint: what can be set: seed, corpus, stages.STAGE.params.PARAMETER",
        ),
        (
            "about=x",
            "--set about=x: unknown setting 'about'\n  hint: what can be set: seed, corpus, stages.STAGE.params.PARAMETER",
        ),
        (
            "stages.trian.params.epochs=3",
            "--set stages.trian.params.epochs=3: unknown setting 'stages.trian.params.epochs'\n  hint: did you mean 'stages.train.params.epochs'?",
        ),
        (
            "stages.train.epochs=3",
            "--set stages.train.epochs=3: unknown setting 'stages.train.epochs'\n  hint: did you mean 'stages.train.params.epochs'?",
        ),
        (
            "stage.trian.parms.epochs=3",
            "--set stage.trian.parms.epochs=3: unknown setting 'stage.trian.parms.epochs'\n  hint: did you mean 'stages.train.params.epochs'?",
        ),
        ("corpsu=3", "--set corpsu=3: unknown setting 'corpsu'\n  hint: did you mean 'corpus'?"),
        (
            "stages.train.params.epoch=3",
            "--set stages.train.params.epoch=3: unknown parameter 'epoch' of stage 'train' (kind train)\n  hint: did you mean 'epochs'?",
        ),
        (
            "stages.train.params.epochs=many",
            "--set stages.train.params.epochs=many: parameter 'epochs' of stage 'train': found string \"many\", expected a whole number between 1 and 1000",
        ),
        (
            "stages.train.params.epochs=",
            "--set stages.train.params.epochs=: parameter 'epochs' of stage 'train': found nothing, expected a whole number between 1 and 1000",
        ),
        (
            "stages.train.params.epochs=[1, 2]",
            "--set stages.train.params.epochs=[1, 2]: parameter 'epochs' of stage 'train': found string \"[1, 2]\", expected a whole number between 1 and 1000",
        ),
        (
            "stages.train.params.note=3",
            "--set stages.train.params.note=3: parameter 'note' of stage 'train': found whole number 3, expected a string\n  hint: in quotes it is one: \"3\"",
        ),
        (
            "seed=x",
            "--set seed=x: seed: found string \"x\", expected a whole number between 0 and 18446744073709551615",
        ),
        (
            "corpus=",
            "--set corpus=: variable 'corpus': found nothing, expected a string or a number",
        ),
    ];
    assert_all_equal(cases.map(|(setting, expected)| (expected, refused_with(HEAD, &[setting]))));
    let error = "corpus".parse::<Setting>().unwrap_err();
    assert_eq!(error.to_string(), "setting 'corpus': found no '=', expected KEY=VALUE");
    assert_eq!((&error.file, error.position()), (&None, None));
}

#[test]
fn setting_of_a_command_must_name_a_parameter_of_the_file() {
    let yaml = format!(
        "{HEAD}  sweep: {{ uses: command, run: \"x {{alpha}}\", params: {{ beta: b }}, matrix: {{ alpha: [1, 2] }} }}\n  \
         plain: {{ uses: command, run: x }}\n"
    );
    let pipeline = loaded_with(
        &yaml,
        &["stages.sweep.params.alpha=0.50", "stages.sweep.params.beta=${corpus}"],
    );
    let params = &stage(&pipeline, "sweep").params;
    assert_eq!(params["alpha"], Value::Text("0.50".into()));
    assert_eq!(params["beta"], Value::Text("data".into()));
    assert_all_equal(
        [
            (
                "stages.sweep.params.alhpa=3",
                "--set stages.sweep.params.alhpa=3: unknown parameter 'alhpa' of stage 'sweep' (kind command)\n  hint: did you mean 'alpha'?",
            ),
            (
                "stages.sweep.params.beat=3",
                "--set stages.sweep.params.beat=3: unknown parameter 'beat' of stage 'sweep' (kind command)\n  hint: did you mean 'beta'?",
            ),
            (
                "stages.plain.params.a=3",
                "--set stages.plain.params.a=3: unknown parameter 'a' of stage 'plain' (kind command)\n  hint: stage 'plain' names no parameters",
            ),
            (
                "stages.sweep.params.beta=",
                "--set stages.sweep.params.beta=: parameter 'beta' of stage 'sweep': found nothing, expected a string, a number, true or false",
            ),
        ]
        .map(|(setting, expected)| (expected, refused_with(&yaml, &[setting]))),
    );
}
