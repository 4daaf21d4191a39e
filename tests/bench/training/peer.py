"""The thesis' network in its own stack, Keras on TensorFlow: one training step after another.

    python peer.py BATCH STEPS
    python peer.py --version

Songs of 350 onsets at random, in `float32`; forward, cross-entropy from logits, gradients, Adam. Prints a JSON object:
samples per second, the median of the steps after the second, and the last step's loss.
"""
import json
import os
import statistics
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import tensorflow as tf

MEASURES, CELLS, ONSETS = 16, 96 * 96, 350
WIDE, CODE, SONG, LATENT = 2000, 200, 1600, 120


def dense(*widths):
    hidden = [tf.keras.layers.Dense(width, activation="relu") for width in widths[1:-1]]
    layers = [tf.keras.layers.Input((widths[0],)), *hidden, tf.keras.layers.Dense(widths[-1])]
    return tf.keras.Sequential(layers)


# A measure's code and what of a song comes of it are rectified as well, as in the thesis.
measure_in = dense(CELLS, WIDE, CODE)
song_in = dense(MEASURES * CODE, SONG, 2 * LATENT)
song_out = dense(LATENT, SONG, MEASURES * CODE)
measure_out = dense(CODE, WIDE, CELLS)
weights = [w for part in (measure_in, song_in, song_out, measure_out) for w in part.trainable_variables]
adam = tf.keras.optimizers.Adam(1e-3)
adam.build(weights)


@tf.function
def step(songs):
    batch = tf.shape(songs)[0]
    with tf.GradientTape() as tape:
        codes = tf.nn.relu(measure_in(tf.reshape(songs, (-1, CELLS))))
        mean, log_variance = tf.split(song_in(tf.reshape(codes, (batch, -1))), 2, axis=1)
        latent = mean + tf.exp(0.5 * log_variance) * tf.random.normal(tf.shape(mean))
        codes = tf.nn.relu(song_out(latent))
        logits = tf.reshape(measure_out(tf.reshape(codes, (-1, CODE))), tf.shape(songs))
        missed = tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(songs, logits), (1, 2))
        kl = 0.5 * tf.reduce_sum(tf.exp(log_variance) + mean**2 - 1 - log_variance, 1)
        loss = tf.reduce_mean(missed + 0.2 * kl)
    adam.apply_gradients(zip(tape.gradient(loss, weights), weights))
    return loss


if sys.argv[1] == "--version":
    print(tf.__version__)
    sys.exit()
batch, steps = int(sys.argv[1]), int(sys.argv[2])
chance = np.random.default_rng(1)
songs = np.zeros((batch, MEASURES * CELLS), np.float32)
for song in songs:
    song[chance.choice(song.size, ONSETS, replace=False)] = 1
songs = songs.reshape(batch, MEASURES, CELLS)
took = []
for _ in range(steps + 2):
    start = time.perf_counter()
    loss = float(step(tf.constant(songs)))
    took.append(time.perf_counter() - start)
rate = batch / statistics.median(took[2:])
print(json.dumps({"samples_per_second": rate, "loss": loss}))
