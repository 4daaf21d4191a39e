use super::{LATENT, example, size};
use crate::{Decoder, Example, Rate, Trainer};
use rayon::ThreadPoolBuilder;

const RATE: Rate = Rate { learning: 0.01, average: 1.0, decay: 0.0 };

fn trained(steps: usize) -> Decoder {
    let examples: Vec<Example> = (0..6).map(example).collect();
    let mut trainer = Trainer::new(Decoder::new(size(), LATENT, 1), 1);
    (0..steps).for_each(|_| {
        trainer.step(&examples, RATE);
    });
    trainer.averaged()
}

fn bits(decoder: &Decoder, examples: &[Example]) -> f64 {
    decoder.likelihoods(examples).iter().map(|nats| nats.total()).sum::<f64>()
        / examples.len() as f64
}

#[test]
fn training_makes_its_songs_likelier() {
    let examples: Vec<Example> = (0..6).map(example).collect();
    let (before, after) = (bits(&trained(0), &examples), bits(&trained(150), &examples));
    assert!(after < 0.4 * before, "{before} {after}");
}

#[test]
fn weights_do_not_depend_on_the_number_of_threads() {
    let on = |threads| {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| trained(3)).parameters
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn exact_return_of_a_measure_is_counted_as_one_decision() {
    let example = example(0);
    let decoder = trained(0);
    let whole = decoder.likelihoods(std::slice::from_ref(&example))[0];
    // Measure 2 equals measure 0, so its notes cost nothing. With one of them changed, all of them cost something.
    let mut changed = example.clone();
    let time = 2 * size().steps();
    changed.song.set(time, changed.song.at(time) ^ 1);
    let changed = decoder.likelihoods(&[changed])[0];
    assert!(changed.rhythm > whole.rhythm && changed.chord > whole.chord);
}

#[test]
fn resumed_training_gives_the_same_weights() {
    let examples: Vec<Example> = (0..6).map(example).collect();
    let mut trainer = Trainer::new(Decoder::new(size(), LATENT, 1), 1);
    trainer.step(&examples, RATE);
    let path = std::env::temp_dir().join(format!("partita-checkpoint-{}", std::process::id()));
    trainer.save(&path).unwrap();
    let mut resumed = Trainer::resume(Decoder::new(size(), LATENT, 1), 1, &path).unwrap();
    std::fs::remove_file(&path).unwrap();
    for trainer in [&mut trainer, &mut resumed] {
        trainer.step(&examples, RATE);
    }
    assert_eq!(resumed.averaged().parameters, trainer.averaged().parameters);
    assert_eq!(resumed.steps(), 2);
}
