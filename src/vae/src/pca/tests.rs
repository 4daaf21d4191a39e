use super::*;
use crate::jacobi::{Rounding, eigen};
use crate::observer::Control;
use crate::rng::{Purpose, stream};
use crate::samples::SampleError;
use crate::testing::{MemorySamples, size};
use partita_music::roll::RollSize;
use rand::RngCore;

const GEOMETRY: RollSize = size(2, 5, 6);
const CELLS: usize = 60;

fn fit(samples: &MemorySamples, components: usize) -> Pca {
    let settings = PcaSettings { geometry: GEOMETRY, components, seed: 4 };
    Pca::fit(samples, &settings, &mut |_, _| Control::Continue).unwrap()
}

/// Songs in which early cells are frequent, so that variances differ.
fn songs(count: usize) -> MemorySamples {
    let song = |index: usize| {
        let mut random = stream(8, Purpose::Prior, index as u64);
        (0..CELLS as u32).filter(|cell| random.next_u32().is_multiple_of(2 + cell / 3)).collect()
    };
    MemorySamples((0..count).map(song).collect())
}

fn dense(samples: &MemorySamples) -> Vec<Vec<f64>> {
    let row = |song: &Vec<u32>| {
        let mut row = vec![0.0; CELLS];
        song.iter().for_each(|&cell| row[cell as usize] = 1.0);
        row
    };
    samples.0.iter().map(row).collect()
}

fn column(pca: &Pca, unit: usize) -> Vec<f64> {
    let width = pca.components();
    let of = |cell: usize| f64::from(pca.components[cell * width + unit]);
    (0..CELLS).map(of).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn components_equal_those_of_the_dense_covariance() {
    let samples = songs(400);
    let rows = dense(&samples);
    let mean: Vec<f64> =
        (0..CELLS).map(|cell| rows.iter().map(|row| row[cell]).sum::<f64>() / 400.0).collect();
    let mut covariance = vec![0.0; CELLS * CELLS];
    for row in &rows {
        for i in 0..CELLS {
            for j in 0..CELLS {
                covariance[i * CELLS + j] += (row[i] - mean[i]) * (row[j] - mean[j]) / 400.0;
            }
        }
    }
    let trace: f64 = covariance.iter().step_by(CELLS + 1).sum();
    let exact = eigen(covariance, CELLS, Rounding::Hypot);
    // With the oversampling the search spans all 60 dimensions: nothing is left to convergence.
    let pca = fit(&samples, 55);
    assert_eq!(pca.components(), 55);
    assert!((pca.total_variance - trace).abs() < 1e-5);
    for unit in 0..10 {
        assert!((pca.variances[unit] - exact.values[unit]).abs() < 1e-5, "{unit}");
        let similarity = dot(&column(&pca, unit), &exact.vectors[unit]).abs();
        assert!(similarity > 1.0 - 1e-3, "{unit}: {similarity}");
    }
}

#[test]
fn components_are_orthonormal_and_their_variances_fall() {
    let pca = fit(&songs(300), 20);
    for i in 0..20 {
        for j in 0..=i {
            let product = dot(&column(&pca, i), &column(&pca, j));
            assert!((product - f64::from(u8::from(i == j))).abs() < 1e-5, "{i}, {j}: {product}");
        }
    }
    assert!(pca.variances.is_sorted_by(|a, b| a >= b));
}

/// Each song is one of three patterns: two components are enough.
#[test]
fn songs_of_low_rank_are_decoded_exactly() {
    let patterns = [vec![0, 3, 31], vec![3, 7, 8, 59], vec![12]];
    let samples = MemorySamples((0..50).map(|song| patterns[song % 3].clone()).collect());
    let pca = fit(&samples, 16);
    assert_eq!(pca.components(), 2);
    let scores = pca.decode(&pca.encode(&samples.0[..3]).unwrap()).unwrap();
    for (scores, row) in scores.iter().zip(dense(&samples)) {
        let far = |(&score, &truth): (&f32, &f64)| (f64::from(score) - truth).abs() > 1e-4;
        assert!(!scores.iter().zip(&row).any(far));
    }
}

#[test]
fn few_samples_have_few_components_and_none_have_none() {
    for (count, most) in [(0, 0), (1, 0), (2, 1), (5, 4)] {
        let samples = songs(count);
        let pca = fit(&samples, 16);
        assert_eq!(pca.components(), most, "{count} samples");
        let back = pca.decode(&pca.encode(&samples.0).unwrap()).unwrap();
        for (scores, row) in back.iter().zip(dense(&samples)) {
            assert!(scores.iter().zip(&row).all(|(a, b)| (f64::from(*a) - b).abs() < 1e-4));
        }
    }
    assert_eq!(fit(&songs(40), 0).components(), 0);
}

#[test]
fn bits_do_not_depend_on_the_number_of_threads() {
    let samples = songs(5000);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let pca = fit(&samples, 20);
            let bits: Vec<u32> = pca.components.iter().map(|x| x.to_bits()).collect();
            (bits, pca.variances.to_vec(), pca.encode(&samples.0[..9]).unwrap())
        })
    };
    let one = on(1);
    assert_eq!(on(2), one);
    assert_eq!(on(5), one);
}

#[test]
fn whitened_encoder_is_the_projection_with_units_of_variance_1() {
    let samples = songs(300);
    let pca = fit(&samples, 12);
    let latent = 15;
    let (weight, bias) = pca.whitened_encoder(latent);
    let scores = pca.decode(&pca.encode(&samples.0).unwrap()).unwrap();
    let (mut sums, mut squares) = (vec![0.0; latent], vec![0.0; latent]);
    for (song, scores) in samples.0.iter().zip(scores) {
        let mut code = bias.clone();
        for &cell in song {
            let row = &weight[cell as usize * latent..][..latent];
            code.iter_mut().zip(row).for_each(|(code, weight)| *code += weight);
        }
        for (unit, &value) in code.iter().enumerate() {
            sums[unit] += f64::from(value) / 300.0;
            squares[unit] += f64::from(value * value) / 300.0;
        }
        for cell in 0..CELLS {
            // The decoder is the transposed encoder times the variances.
            let part = |(unit, variance): (usize, &f64)| {
                f64::from(code[unit] * weight[cell * latent + unit]) * variance
            };
            let decoded: f64 = pca.variances.iter().enumerate().map(part).sum();
            let score = decoded + f64::from(pca.mean[cell]);
            assert!((score - f64::from(scores[cell])).abs() < 1e-4);
        }
    }
    for unit in 0..latent {
        let expected = if unit < 12 { 1.0 } else { 0.0 };
        assert!(sums[unit].abs() < 1e-4 && (squares[unit] - expected).abs() < 1e-3, "{unit}");
    }
}

#[test]
fn invalid_songs_and_codes_are_errors_and_stop_stops() {
    let settings = PcaSettings { geometry: GEOMETRY, components: 3, seed: 4 };
    let outside = MemorySamples(vec![vec![1], vec![CELLS as u32]]);
    let error = Pca::fit(&outside, &settings, &mut |_, _| Control::Continue).unwrap_err();
    assert!(matches!(error, PcaError::Sample(SampleError::OutOfRange { index: 1, .. })));
    let mut progress = Vec::new();
    let mut observe = |done, total| {
        progress.push((done, total));
        if done > 20 { Control::Stop } else { Control::Continue }
    };
    let error = Pca::fit(&songs(20), &settings, &mut observe).unwrap_err();
    assert!(matches!(error, PcaError::Stopped));
    assert_eq!(progress, [(20, 100), (40, 100)]);
    let pca = fit(&songs(20), 3);
    assert!(matches!(pca.encode(&[vec![60]]), Err(PcaError::Sample(_))));
    let error = pca.decode(&[vec![0.0; 3], vec![0.0; 2]]).unwrap_err();
    assert!(matches!(error, PcaError::Code { index: 1, found: 2, expected: 3 }));
}

#[test]
fn codes_decode_the_same_together_and_alone() {
    // More than are summed at once.
    let pca = fit(&songs(90), 5);
    let codes: Vec<Vec<f32>> = (0..70)
        .map(|code| {
            (0..pca.components()).map(|unit| ((code * 7 + unit * 3) % 11) as f32 - 5.0).collect()
        })
        .collect();
    let all = pca.decode(&codes).unwrap();
    for (code, scores) in codes.iter().zip(&all) {
        assert_eq!(pca.decode(std::slice::from_ref(code)).unwrap()[0], *scores);
        let cell = CELLS - 1;
        let row = &pca.components[cell * pca.components()..][..pca.components()];
        let expected: f32 = row.iter().zip(code).map(|(a, b)| a * b).sum();
        assert!((scores[cell] - pca.mean[cell] - expected).abs() < 1e-4);
    }
}
