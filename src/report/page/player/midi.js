'use strict';

/** Reads numbers from bytes; throws past the end. */
class ByteReader {
  constructor(bytes) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = 0;
  }

  get isAtEnd() {
    return this.at >= this.view.byteLength;
  }

  unsigned(width) {
    let number = 0;
    for (let byte = 0; byte < width; byte += 1) {
      number = number * 256 + this.view.getUint8(this.at);
      this.at += 1;
    }
    return number;
  }

  /** Reads a number of seven bits per byte; the last byte has no high bit. */
  variable() {
    let number = 0;
    for (;;) {
      const byte = this.unsigned(1);
      number = number * 128 + (byte & 0x7f);
      if (byte < 0x80) return number;
    }
  }

  slice(length) {
    const part = new Uint8Array(this.view.buffer, this.view.byteOffset + this.at, length);
    this.at += length;
    return part;
  }
}

/** Reads the next event of a track: `{delta, kind, first, second}`; a meta event has `kind` 0xff, and `data`. */
function nextEvent(reader, running) {
  const delta = reader.variable();
  let status = reader.unsigned(1);
  if (status < 0x80) {
    reader.at -= 1;
    status = running;
  }
  if (status === 0xff) {
    const first = reader.unsigned(1);
    return { delta, status, kind: 0xff, first, data: reader.slice(reader.variable()) };
  }
  if (status >= 0xf0) {
    return { delta, status, kind: 0xf0, data: reader.slice(reader.variable()) };
  }
  const kind = status & 0xf0;
  const first = reader.unsigned(1);
  const second = kind === 0xc0 || kind === 0xd0 ? 0 : reader.unsigned(1);
  return { delta, status, kind, first, second };
}

/** Calls `note(on, off, pitch, velocity)` for each note of a track, in ticks, and `tempo(microseconds)`. */
function readTrack(reader, note, tempo) {
  const sounding = new Map();
  let tick = 0;
  let running = 0;
  while (!reader.isAtEnd) {
    const event = nextEvent(reader, running);
    tick += event.delta;
    if (event.kind < 0xf0) running = event.status;
    const key = (event.status & 0x0f) * 128 + event.first;
    if (event.kind === 0x90 && event.second > 0) {
      sounding.set(key, [tick, event.second]);
    } else if ((event.kind === 0x80 || event.kind === 0x90) && sounding.has(key)) {
      const [on, velocity] = sounding.get(key);
      sounding.delete(key);
      note(on, tick, event.first, velocity);
    } else if (event.kind === 0xff && event.first === 0x51) {
      tempo(new ByteReader(event.data).unsigned(3));
    }
  }
}

/**
 * Returns the notes of a Standard MIDI File with one tempo, sorted by onset: `{at, until, pitch, velocity}`, times in
 * seconds, velocity from 0 to 1.
 */
function notesOfMidi(bytes) {
  const reader = new ByteReader(bytes);
  if (reader.unsigned(4) !== 0x4d546864) throw new Error('not a MIDI file');
  const header = new ByteReader(reader.slice(reader.unsigned(4)));
  header.unsigned(4);
  const ticksPerQuarter = header.unsigned(2);
  const ticks = [];
  let microseconds = 500000;
  while (!reader.isAtEnd) {
    const isTrack = reader.unsigned(4) === 0x4d54726b;
    const chunk = new ByteReader(reader.slice(reader.unsigned(4)));
    if (!isTrack) continue;
    const note = (on, off, pitch, velocity) => ticks.push({ on, off, pitch, velocity });
    readTrack(chunk, note, (found) => { microseconds = found; });
  }
  const second = microseconds / 1e6 / ticksPerQuarter;
  const timed = ({ on, off, pitch, velocity }) => (
    { at: on * second, until: off * second, pitch, velocity: velocity / 127 });
  return ticks.map(timed).sort((a, b) => a.at - b.at);
}
