use super::*;
use std::time::Instant;

/// A sweep of `count` trainings, what is made of each, and one stage that gathers all.
fn sweep(count: usize) -> String {
    let values: Vec<String> = (1..=count).map(|value| value.to_string()).collect();
    format!(
        "{HEAD}  sweep: {{ uses: train, from: {{ samples: rolls }}, matrix: {{ latent: [{}] }} }}\n  \
         songs: {{ uses: generate, from: {{ model: sweep }} }}\n  \
         report: {{ uses: evaluate, from: {{ samples: rolls, model: sweep, songs: songs }} }}\n  \
         all: {{ uses: command, gather: {{ reports: report.metrics }}, run: x, outputs: [t] }}\n",
        values.join(", ")
    )
}

#[test]
fn a_matrix_makes_one_instance_per_combination() {
    let pipeline = loaded(SWEEP);
    assert_eq!(
        ids(&pipeline)[2..6],
        [
            "train[latent=40,beta=0.1]",
            "train[latent=40,beta=0.2]",
            "train[latent=120,beta=0.1]",
            "train[latent=120,beta=0.2]",
        ]
    );
    let train = stage(&pipeline, "train[latent=120,beta=0.1]");
    assert_eq!(train.name, "train");
    assert_eq!(train.params["latent"], Value::Integer(120));
    assert_eq!(train.params["beta"], Value::Number(0.1));
    assert_eq!(train.params["epochs"], Value::Integer(30));
    assert_eq!(
        train.variant,
        [("latent".to_owned(), Value::Integer(120)), ("beta".to_owned(), Value::Number(0.1))]
    );
}

#[test]
fn downstream_of_a_matrix_fans_out_and_of_two_joins() {
    let pipeline = loaded(SWEEP);
    assert_eq!(pipeline.stages.len(), 2 + 3 * 4 + 1);
    for variant in ["latent=40,beta=0.2", "latent=120,beta=0.1"] {
        let train = format!("train[{variant}].model");
        assert_eq!(feeds(&pipeline, &format!("songs[{variant}]"), "model"), [train.as_str()]);
        let report = format!("report[{variant}]");
        assert_eq!(feeds(&pipeline, &report, "model"), [train.as_str()]);
        assert_eq!(feeds(&pipeline, &report, "songs"), [format!("songs[{variant}]")]);
        assert_eq!(feeds(&pipeline, &report, "samples"), ["pianorolls"]);
    }
}

#[test]
fn gather_takes_all_instances_and_inherits_nothing() {
    let pipeline = loaded(SWEEP);
    let reports = feeds(&pipeline, "compare", "reports");
    assert_eq!(reports.len(), 4);
    assert_eq!(reports[0], "report[latent=40,beta=0.1]");
    let listed = loaded(&SWEEP.replace("reports: report }", "reports: [report, train.log] }"));
    assert_eq!(feeds(&listed, "compare", "reports").len(), 8);
    assert_eq!(feeds(&listed, "compare", "reports")[4], "train[latent=40,beta=0.1].log");
}

#[test]
fn fanned_out_stage_may_have_its_own_matrix() {
    let yaml = format!(
        "{HEAD}  sweep: {{ uses: train, from: {{ samples: rolls }}, matrix: {{ latent: [1, 2] }} }}\n  \
         songs: {{ uses: generate, from: {{ model: sweep }}, matrix: {{ count: [8, 9] }} }}\n  \
         report: {{ uses: evaluate, from: {{ songs: songs, samples: rolls, model: sweep }} }}\n"
    );
    let pipeline = loaded(&yaml);
    let songs = |open| {
        [[1, 8], [1, 9], [2, 8], [2, 9]].map(|[l, c]| format!("{open}[latent={l},count={c}]"))
    };
    assert_eq!(ids(&pipeline)[5..9], songs("songs"));
    assert_eq!(ids(&pipeline)[9..13], songs("report"));
    assert_eq!(feeds(&pipeline, "report[latent=2,count=8]", "model"), ["sweep[latent=2].model"]);
}

#[test]
fn shared_axes_of_two_upstreams_must_agree() {
    let yaml = |second: &str| {
        format!(
            "{HEAD}  a: {{ uses: train, from: {{ samples: rolls }}, matrix: {{ latent: [1, 2], beta: [1] }} }}\n  \
             b: {{ uses: train, from: {{ samples: rolls }}, matrix: {{ latent: {second} }} }}\n  \
             c: {{ uses: command, run: x, from: {{ one: a, two: b }} }}\n"
        )
    };
    let pipeline = loaded(&yaml("[2, 3]"));
    assert_eq!(ids(&pipeline).last(), Some(&"c[latent=2,beta=1]"));
    assert_eq!(ids(&pipeline).iter().filter(|id| id.starts_with("c[")).count(), 1);
    assert_refused(&[(
        &yaml("[3]"),
        "8:3: no instances of the upstreams of stage 'c' agree in their shared axes",
    )]);
}

#[test]
fn upstreams_without_a_shared_axis_are_crossed() {
    let yaml = format!(
        "{HEAD}  a: {{ uses: train, from: {{ samples: rolls }}, matrix: {{ latent: [1, 2] }} }}\n  \
         b: {{ uses: train, from: {{ samples: rolls }}, matrix: {{ beta: [3, 4] }} }}\n  \
         c: {{ uses: command, run: x, from: {{ one: a, two: b }} }}\n"
    );
    let pipeline = loaded(&yaml);
    assert_eq!(
        ids(&pipeline)[7..],
        ["c[latent=1,beta=3]", "c[latent=1,beta=4]", "c[latent=2,beta=3]", "c[latent=2,beta=4]"]
    );
}

#[test]
fn axis_cannot_be_both_inherited_and_own() {
    let yaml = format!(
        "{HEAD}  a: {{ uses: train, from: {{ samples: rolls }}, matrix: {{ latent: [1, 2] }} }}\n  \
         b: {{ uses: tune, from: {{ model: a }}, matrix: {{ latent: [3] }} }}\n"
    );
    assert_refused(&[(
        &yaml,
        "7:58: axis 'latent' in the matrix of stage 'b' is already an axis of stage 'a', which it takes by 'from'",
    )]);
    let params = yaml.replace("matrix: { latent: [3] }", "params: { latent: 3 }");
    assert_eq!(ids(&loaded(&params))[5..], ["b[latent=1]", "b[latent=2]"]);
}

#[test]
fn matrix_with_too_many_instances_is_refused() {
    let axis = |count: usize| {
        format!("[{}]", (1..=count).map(|v| v.to_string()).collect::<Vec<_>>().join(", "))
    };
    let yaml = format!(
        "{HEAD}  b: {{ uses: train, from: {{ samples: rolls }}, matrix: {{ latent: {}, epochs: {} }} }}\n",
        axis(101),
        axis(100)
    );
    assert!(refused_with(yaml, &[]).contains("stage 'b' would have more than 10000 instances"));
    let crossed = format!(
        "{HEAD}  a: {{ uses: train, from: {{ samples: rolls }}, matrix: {{ latent: {} }} }}\n  \
         b: {{ uses: train, from: {{ samples: rolls }}, matrix: {{ epochs: {} }} }}\n  \
         c: {{ uses: command, run: x, from: {{ one: a, two: b }} }}\n",
        axis(200),
        axis(200)
    );
    assert!(refused_with(crossed, &[]).contains("stage 'c' would have more than 10000 instances"));
}

#[test]
fn thousand_trainings_and_their_downstream_expand_in_linear_time() {
    let expand = |count: usize| {
        let folder = project(sweep(count));
        let started = Instant::now();
        let pipeline = load_in(folder.path(), &[]).unwrap();
        (started.elapsed(), pipeline)
    };
    let (_, pipeline) = expand(1000);
    assert_eq!(pipeline.stages.len(), 3 + 3 * 1000 + 1);
    assert_eq!(stage(&pipeline, "all").from["reports"].len(), 1000);
    assert_eq!(feeds(&pipeline, "report[latent=777]", "songs"), ["songs[latent=777]"]);
    // Side by side, the fastest of several: four times the work may take four times as long, and
    // quadratic work would take sixteen times.
    let fastest = |count| (0..5).map(|_| expand(count).0).min().unwrap();
    let (some, many) = (fastest(250), fastest(1000));
    assert!(many < some * 10, "{some:?} for 250, {many:?} for 1,000");
}
