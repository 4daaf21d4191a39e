use super::{LAYERS, Refiner, RefinerSize, RefinerTrainer};
use crate::host::to_host;
use crate::model::tests::{factored_model, model};
use crate::model::{Model, ModelError};
use crate::refine::tests::objective;
use crate::testing::{Folder, memory_samples};

const SIZE: RefinerSize = RefinerSize { steps: 3, hidden: 16 };

fn songs() -> Vec<Vec<u32>> {
    memory_samples(6, 5).0
}

fn trained(model: &Model, steps: usize) -> Refiner {
    let mut trainer = RefinerTrainer::new(model, SIZE, 1);
    for _ in 0..steps {
        trainer.learn(&songs(), 3e-3).unwrap();
    }
    trainer.refiner()
}

fn saved(refiner: &Refiner) -> Vec<u8> {
    let folder = Folder::new();
    refiner.save(folder.path()).unwrap();
    std::fs::read(folder.path().join("refiner.safetensors")).unwrap()
}

#[test]
fn refined_codes_have_a_lower_loss_than_the_encoders() {
    for model in [model(3), factored_model(3)] {
        let songs = songs();
        let start = model.encode(&songs).unwrap();
        let refined = model.clone().with_refiner(trained(&model, 100)).encode(&songs).unwrap();
        let [before, after] =
            [&start.mean, &refined.mean].map(|codes| objective(&model, &songs, codes));
        assert!(after < before - 0.1, "{after} {before}");
        assert_eq!(refined.std, start.std);
    }
}

/// The loss that a refiner of one step learns from: that at the code after it, each song by the inverse of its onsets.
fn loss(model: &Model, refiner: &Refiner) -> f64 {
    let songs = songs();
    let codes = model.clone().with_refiner(refiner.clone()).encode(&songs).unwrap().mean;
    let of_songs = songs.iter().zip(&codes).map(|(song, code)| {
        objective(model, std::slice::from_ref(song), std::slice::from_ref(code)) / song.len() as f64
    });
    of_songs.sum()
}

#[test]
fn first_update_follows_the_numerical_gradient() {
    let model = factored_model(3);
    let mut trainer = RefinerTrainer::new(&model, RefinerSize { steps: 1, hidden: 8 }, 1);
    let before = trainer.refiner();
    trainer.learn(&songs(), 1e-3).unwrap();
    let after = trainer.refiner();
    // Adam's first update is against the sign of each gradient.
    let mut checked = 0;
    for layer in 0..LAYERS.len() {
        let [old, new] =
            [&before, &after].map(|refiner| to_host(refiner.layers[layer].weight.clone()));
        for at in (0..old.len()).step_by(old.len() / 12) {
            let moved = |by: f32| {
                let mut values = old.clone();
                values[at] += by;
                let mut refiner = before.clone();
                let dims = refiner.layers[layer].weight.dims();
                refiner.layers[layer].weight =
                    crate::host::to_device(values, dims, &burn::backend::flex::FlexDevice);
                loss(&model, &refiner)
            };
            let slope = (moved(1e-2) - moved(-1e-2)) / 2e-2;
            if slope.abs() > 1e-3 {
                assert!(f64::from(new[at] - old[at]) * slope < 0.0, "{layer} {at}: {slope}");
                checked += 1;
            }
        }
    }
    assert!(checked > 10, "{checked}");
}

#[test]
fn refined_code_does_not_depend_on_other_songs() {
    let model = factored_model(3);
    let model = model.clone().with_refiner(trained(&model, 5));
    let songs = songs();
    let (together, alone) = (model.encode(&songs).unwrap(), model.encode(&songs[1..2]).unwrap());
    for (one, other) in together.mean[1].iter().zip(&alone.mean[0]) {
        assert!((one - other).abs() < 1e-4, "{one} {other}");
    }
}

#[test]
fn saved_refiner_loads_as_the_same_refiner() {
    let model = factored_model(3);
    let refiner = trained(&model, 2);
    let loaded = Refiner::load(&saved(&refiner), &model).unwrap();
    assert_eq!(saved(&loaded), saved(&refiner));
    let codes = |refiner| model.clone().with_refiner(refiner).encode(&songs()).unwrap();
    assert_eq!(codes(loaded), codes(refiner));
}

#[test]
fn damaged_refiner_and_one_of_another_latent_space_are_refused() {
    let (model, bytes) = (factored_model(3), saved(&trained(&factored_model(3), 1)));
    let mut architecture = model.architecture;
    architecture.latent += 1;
    let other = Model { architecture, ..model.clone() };
    for (bytes, model) in [(&bytes[..], &other), (&bytes[..bytes.len() - 1], &model), (b"", &model)]
    {
        let error = Refiner::load(bytes, model).unwrap_err();
        assert!(matches!(error, ModelError::Weights { file: "refiner.safetensors", .. }));
    }
}
