//! The factored network: a song is a mixture of rhythms and pitch profiles, and its onsets are a Poisson
//! process.
//!
//! ```text
//! h_m  = act(LN(sum over the measure's onsets of a row per cell + b))    measure_hidden
//! u_m  = a layer of h_m                                                  measure_code
//! s    = block(LN(u_1 .. u_16))                                          song_hidden, song_residual
//! mean, log std of z = layers of s, the mean optionally plus the song's principal components
//!
//! h    = block(z)                                                        song_hidden, song_residual
//! T_k  = softmax over the steps of a layer of h                          rhythms
//! Q_j  = softmax over the pitches of a layer of h                        pitch_profiles
//! a_m  = act(a layer of LN(a part of a layer of h))                      core_code, core_hidden
//! C    = softmax over all m, j, k of a layer of a_m + a layer of h       measure_core, core
//! log lambda = a layer of h                                              onsets
//!
//! p(m, s, q) = (1 - f) sum over j, k of C[m,j,k] T[k,s] Q[j,q] + f base(s, q) / measures
//! ```
//!
//! LN is layer normalization without gain and bias, act is GELU in its tanh form, and a block is
//! `LN(x + act(a layer of LN(x)))` with `x = act(a layer)`. `f` is the base rates' share, and `base` is
//! scaled to sum 1. `p` sums to 1 over a song and `lambda` is the expected number of onsets, so the rate of
//! a cell is `lambda p`, and it is an onset with the probability `1 - exp(-lambda p)`. The loss of a song
//! with `N` onsets is that of the process, up to terms without parameters:
//! `lambda - N log lambda - sum over onsets of log p`. It reads only the onsets: no layer touches all cells
//! of all measures, in either direction.
//!
//! In files, `rhythms` has the steps outside and the rhythms inside, `pitch_profiles` the pitches outside,
//! and both cores the profiles outside and the rhythms inside: `C[m, j, k]`.

pub(crate) mod blocks;
mod flex;
mod initialize;
mod kernels;
mod pass;
#[cfg(test)]
mod tests;

pub(crate) use initialize::BASE_RATE_MARGIN;
pub(crate) use kernels::{EPSILON, GELU};
pub(crate) use pass::{encode, gradients, latent_gradient, losses, probabilities};
