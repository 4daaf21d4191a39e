'use strict';

/** Strengths of the harmonics, the first one the fundamental: between a piano and a games console. */
const HARMONICS = [0, 1, 0.42, 0.24, 0.1, 0.07, 0.03, 0.02];
/** Seconds in which a key's sound rises, and in which it dies away once the key is let go. */
const ATTACK = 0.004;
const RELEASE = 0.09;

/** One instrument for the whole page; made at the first sound, since a browser allows none before. */
class Synthesiser {
  constructor() {
    this.context = new AudioContext();
    const none = new Float32Array(HARMONICS.length);
    this.wave = this.context.createPeriodicWave(none, new Float32Array(HARMONICS));
    this.output = this.context.createDynamicsCompressor();
    this.output.connect(this.context.destination);
  }

  get now() {
    return this.context.currentTime;
  }

  /** A place that notes of one song sound in, so that all of them can be silenced at once. */
  room() {
    const room = this.context.createGain();
    room.gain.value = 0.3;
    room.connect(this.output);
    return room;
  }

  silence(room) {
    room.gain.setTargetAtTime(0, this.now, 0.015);
    setTimeout(() => room.disconnect(), 200);
  }

  /** A note from `start` on for `length` seconds, on the context's clock; its tail comes on top. */
  play(room, { pitch, velocity }, start, length) {
    const oscillator = this.context.createOscillator();
    const loudness = this.context.createGain();
    oscillator.setPeriodicWave(this.wave);
    oscillator.frequency.value = 440 * 2 ** ((pitch - 69) / 12);
    // Deep notes sound softer than high ones of the same amplitude.
    const peak = velocity ** 1.5 * 2 ** ((60 - pitch) / 48);
    const { gain } = loudness;
    gain.setValueAtTime(0, start);
    gain.linearRampToValueAtTime(peak, start + ATTACK);
    gain.setTargetAtTime(peak * 0.25, start + ATTACK, 0.5);
    gain.setTargetAtTime(0, start + length, RELEASE / 3);
    oscillator.connect(loudness).connect(room);
    oscillator.start(start);
    oscillator.stop(start + length + RELEASE * 2);
  }
}
