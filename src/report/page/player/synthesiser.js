'use strict';

/** Strengths of the harmonics from the fundamental on; the timbre is between a piano and a games console. */
const HARMONICS = [0, 1, 0.42, 0.24, 0.1, 0.07, 0.03, 0.02];
/** Attack and release times in seconds. */
const ATTACK = 0.004;
const RELEASE = 0.09;

/** The page's only instrument; created at the first sound, since browsers allow no audio before a click. */
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

  /** Creates an output for the notes of one song, so that all of them can be silenced at once. */
  channel() {
    const channel = this.context.createGain();
    channel.gain.value = 0.3;
    channel.connect(this.output);
    return channel;
  }

  silence(channel) {
    channel.gain.setTargetAtTime(0, this.now, 0.015);
    setTimeout(() => channel.disconnect(), 200);
  }

  /** Plays a note at `start`, on the context's clock, for `length` seconds plus its release. */
  play(channel, { pitch, velocity }, start, length) {
    const oscillator = this.context.createOscillator();
    const loudness = this.context.createGain();
    oscillator.setPeriodicWave(this.wave);
    oscillator.frequency.value = 440 * 2 ** ((pitch - 69) / 12);
    // Low notes sound softer than high ones of the same amplitude.
    const peak = velocity ** 1.5 * 2 ** ((60 - pitch) / 48);
    const { gain } = loudness;
    gain.setValueAtTime(0, start);
    gain.linearRampToValueAtTime(peak, start + ATTACK);
    gain.setTargetAtTime(peak * 0.25, start + ATTACK, 0.5);
    gain.setTargetAtTime(0, start + length, RELEASE / 3);
    oscillator.connect(loudness).connect(channel);
    oscillator.start(start);
    oscillator.stop(start + length + RELEASE * 2);
  }
}
