//! The refiner of a model's codes.

use crate::project::Project;
use crate::tiny::{WHOLE, played};

/// [`WHOLE`] whose songs and report are of a refined model.
fn refined() -> String {
    let (before, after) = WHOLE.split_once("  drawn:").unwrap();
    let after = after
        .replace("train.model", "refined.model")
        .replace("{ count", "{ mode: neighbours, count");
    format!(
        "{before}  refined:
    uses: refiner
    from: {{ samples: rolls, model: train.model }}
    params: {{ steps: 2, hidden: 8, batch: 4 }}
  drawn:{after}"
    )
}

#[test]
fn refined_model_takes_the_place_of_the_trained_one() {
    let project = Project::of(&refined());
    let run = project.run(&[]);
    assert_eq!(
        run.executed()[4..],
        ["refined", "drawn", "report"],
        "{}\n{}",
        run.stdout,
        run.stderr
    );
    let bytes = |path: &str| project.bytes(&format!("artifacts/p/{path}"));
    for file in ["encoder.safetensors", "decoder.safetensors", "model.json", "history.parquet"] {
        assert!(
            bytes(&format!("refined/model/{file}")) == bytes(&format!("train/model/{file}")),
            "{file}"
        );
    }
    let posterior = "model/posterior.safetensors";
    assert!(bytes(&format!("refined/{posterior}")) != bytes(&format!("train/{posterior}")));
    assert_eq!(project.run(&[]).executed(), [""; 0]);
}

#[test]
fn refiner_does_not_depend_on_the_number_of_jobs() {
    let [one, other] = ["1", "3"].map(|jobs| {
        let project = Project::of(&played());
        project.run(&["--until", "refined", "--jobs", jobs]);
        project.files("artifacts/p/refined")
    });
    assert!(one == other);
}

#[test]
fn refiner_of_samples_of_another_shape_is_refused() {
    let other = played().replace(
        "  drawn:",
        "  small:
    uses: extract
    from: { catalog: catalog }
    params: { measures: 2, steps: 16, pitches: 48, lowest_pitch: 36, least_onsets: 1 }
  drawn:",
    );
    let project = Project::of(&other.replace(
        "uses: refiner\n    from: { samples: rolls",
        "uses: refiner\n    from: { samples: small",
    ));
    let call = project.call(&["run", "p", "--until", "refined"]);
    assert_eq!(call.code, 1, "{}", call.stdout);
    assert!(call.stderr.contains("another shape than those that the model"), "{}", call.stderr);
}
