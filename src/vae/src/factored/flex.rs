//! The factored network's arithmetic on the CPU. Every parallel loop writes disjoint chunks, each by one
//! thread in a fixed order, so results do not depend on the number of threads.

use super::kernels::{self, Scratch, Song};
use crate::dense::Dense;
use crate::factored_backend::{FactoredBackend, Logits, MixtureShape, Normalized};
use crate::flex::{column_sums, raw, slice, wrap};
use crate::host::to_device;
use crate::samples::Rows;
use burn::backend::flex::{Flex, FlexDevice, FlexTensor};
use burn::tensor::Tensor;
use rayon::prelude::*;

/// Elements of a chunk of an elementwise loop.
const CHUNK: usize = 1 << 13;

/// Returns the rows of a matrix, several of which one thread processes at a time.
fn par_rows(values: &mut [f32], width: usize) -> impl IndexedParallelIterator<Item = &mut [f32]> {
    values.par_chunks_exact_mut(width).with_min_len((CHUNK / width.max(1)).max(1))
}

/// Splits logits into songs.
fn songs<'a>(
    [rhythms, profiles, core, measure_core, onsets]: [&'a mut FlexTensor; 5],
    shape: MixtureShape,
) -> impl IndexedParallelIterator<Item = Song<'a>> {
    let (rhythms, profiles) = (rhythms.storage_mut(), profiles.storage_mut());
    let (core, measure_core) = (core.storage_mut(), measure_core.storage_mut());
    let size = shape.size;
    let factors = rhythms.par_chunks_exact_mut(size.steps() * shape.rhythms);
    let factors = factors.zip(profiles.par_chunks_exact_mut(size.pitches() * shape.profiles));
    let measure_cores = measure_core.par_chunks_exact_mut(size.measures() * shape.core());
    let cores = core.par_chunks_exact_mut(shape.core()).zip(measure_cores);
    let all = factors.zip(cores).zip(onsets.storage_mut::<f32>());
    all.map(|((factors, cores), onsets)| {
        let ((rhythms, profiles), (core, measure_core)) = (factors, cores);
        Song { rhythms, profiles, core, measure_core, onsets }
    })
}

impl FactoredBackend for Flex {
    fn affine(input: &Tensor<Self, 2>, layer: &Dense<Self>) -> Tensor<Self, 2> {
        let mut result = raw(input.clone().matmul(layer.weight.clone()));
        let bias = raw(layer.bias.clone());
        let bias = slice(&bias);
        par_rows(result.storage_mut(), bias.len()).for_each(|row| crate::kernels::add(row, bias));
        wrap(result)
    }

    fn column_sums(values: &Tensor<Self, 2>) -> Tensor<Self, 1> {
        let [_, width] = values.dims();
        let values = raw(values.clone());
        to_device(column_sums(slice(&values), width), [width], &FlexDevice)
    }

    fn activate(input: &Tensor<Self, 2>) -> Tensor<Self, 2> {
        let shape = input.dims();
        let input = raw(input.clone());
        let mut values = slice(&input).to_vec();
        values.par_chunks_mut(CHUNK).for_each(kernels::gelu);
        to_device(values, shape, &FlexDevice)
    }

    fn activate_gradient(input: &Tensor<Self, 2>, gradient: Tensor<Self, 2>) -> Tensor<Self, 2> {
        let (input, mut gradient) = (raw(input.clone()), raw(gradient));
        let chunks = gradient.storage_mut::<f32>().par_chunks_mut(CHUNK);
        let chunks = chunks.zip(slice(&input).par_chunks(CHUNK));
        chunks.for_each(|(gradient, input)| kernels::gelu_gradient(gradient, input));
        wrap(gradient)
    }

    fn normalize(input: Tensor<Self, 2>) -> Normalized<Self> {
        let [rows, width] = input.dims();
        let mut values = raw(input);
        let mut inverse = vec![0.0; rows];
        let by_row = par_rows(values.storage_mut(), width).zip(&mut inverse);
        by_row.for_each(|(row, inverse)| *inverse = kernels::normalize(row));
        Normalized { values: wrap(values), inverse_stds: to_device(inverse, [rows], &FlexDevice) }
    }

    fn normalize_gradient(
        Normalized { values, inverse_stds }: &Normalized<Self>,
        gradient: Tensor<Self, 2>,
    ) -> Tensor<Self, 2> {
        let [_, width] = values.dims();
        let (values, inverse) = (raw(values.clone()), raw(inverse_stds.clone()));
        let (values, inverse) = (slice(&values), slice(&inverse));
        let mut gradient = raw(gradient);
        let rows = par_rows(gradient.storage_mut(), width).zip(values.par_chunks_exact(width));
        rows.zip(inverse).for_each(|((row, values), &inverse)| {
            kernels::normalize_gradient(row, values, inverse);
        });
        wrap(gradient)
    }

    fn mixture(
        Logits { rhythms, pitch_profiles, core, measure_core, onsets }: Logits<Self>,
        base: &[f32],
        rows: &Rows,
        factors: &[f32],
        shape: MixtureShape,
    ) -> (Vec<f64>, Logits<Self>) {
        let measures = shape.size.measures();
        let mut all = [rhythms, pitch_profiles, core, measure_core, onsets].map(raw);
        let mut losses = vec![0.0; factors.len()];
        songs(all.each_mut(), shape).zip(&mut losses).zip(factors).enumerate().for_each_init(
            || Scratch::new(shape),
            |scratch, (index, ((song, loss), &factor))| {
                let song_rows = index * measures..(index + 1) * measures;
                let onsets: Vec<&[u32]> = song_rows.map(|row| rows.row(row)).collect();
                *loss = kernels::mixture(song, &onsets, base, factor, shape, scratch);
            },
        );
        let [rhythms, pitch_profiles, core, measure_core, onsets] = all.map(wrap);
        (losses, Logits { rhythms, pitch_profiles, core, measure_core, onsets })
    }

    fn mixture_probabilities(
        Logits { rhythms, pitch_profiles, core, measure_core, onsets }: Logits<Self>,
        base: &[f32],
        shape: MixtureShape,
    ) -> Vec<f32> {
        let ([count, _], cells) = (onsets.dims(), shape.size.cells());
        let mut all = [rhythms, pitch_profiles, core, measure_core, onsets].map(raw);
        let mut probabilities = vec![0.0; count * cells];
        songs(all.each_mut(), shape).zip(probabilities.par_chunks_exact_mut(cells)).for_each_init(
            || Scratch::new(shape),
            |scratch, (song, into)| kernels::probabilities(song, base, into, shape, scratch),
        );
        probabilities
    }
}
