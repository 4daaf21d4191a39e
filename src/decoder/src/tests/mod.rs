mod drawing;
mod gradient;
mod oracle;
mod training;

use crate::{Decoder, Example, Guide, Song};
use partita_music::roll::RollSize;
use partita_numerics::rng::{Purpose, below, stream, uniform};

const LATENT: usize = 3;

fn size() -> RollSize {
    RollSize::new(4, 8, 30).unwrap()
}

/// A song with about one chord in two steps; measure 2 equals measure 0.
fn song(seed: u64) -> Song {
    let size = size();
    let mut random = stream(seed, Purpose::Order, 0);
    let mut cells = Vec::new();
    for time in 0..3 * size.steps() {
        for _ in 0..below(&mut random, 3) {
            cells.push((time * size.pitches()) as u32 + below(&mut random, 30) as u32);
        }
    }
    let last = 2 * size.cells_per_measure() as u32;
    cells.retain(|&cell| cell < last);
    let again: Vec<u32> =
        cells.iter().filter(|&&cell| cell < last / 2).map(|cell| cell + last).collect();
    let fourth =
        cells.iter().filter(|&&cell| cell % 3 == 0 && cell >= last / 2).map(|cell| cell + last);
    Song::new(size, &[cells.clone(), again, fourth.collect()].concat())
}

fn guide(seed: u64) -> Guide {
    let mut random = stream(seed, Purpose::Prior, 0);
    let latent = uniform(&mut random, LATENT, 1.0);
    let rates =
        uniform(&mut random, size().cells(), 0.2).into_iter().map(|rate| rate.abs() * rate.abs());
    Guide::new(size(), latent, rates.collect())
}

fn example(seed: u64) -> Example {
    Example { song: song(seed), guide: Some(guide(seed)), heard: None }
}

/// A decoder of dense songs.
fn decoder() -> Decoder {
    let mut decoder = Decoder::new(size(), LATENT, 7);
    for net in [decoder.nets.rhythm.net, decoder.nets.chord.net] {
        decoder.parameters[net.head_biases()].fill(0.0);
    }
    let mut random = stream(7, Purpose::Weights, 0);
    let noise = uniform(&mut random, decoder.parameters.len(), 0.3);
    decoder.parameters.iter_mut().zip(noise).for_each(|(parameter, noise)| *parameter += noise);
    decoder
}
