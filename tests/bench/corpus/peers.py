"""Scan and extract in one, as a Python program would do them: the peers of `make bench`.

    python peers.py symusic|pretty_midi LIST

LIST names a MIDI file a line. Each becomes onsets on 96 steps a measure and pitches 16 to 111, cut into samples of 16
measures, on one thread. Prints one JSON object; its times are those of the work, without start and imports.

symusic: exact arithmetic on ticks, drums left out; a file with several time signatures is left out.
pretty_midi: as the thesis did, a piano roll of 96 columns a measure. Its times are seconds in floating point and lose
onsets, so that its speed alone can be compared.
"""
import importlib.metadata
import json
import sys
import time

import numpy as np

STEPS, LOWEST, PITCHES, MEASURES = 96, 16, 96, 16
SAMPLE = MEASURES * STEPS * PITCHES


def symusic_cells(path):
    score = symusic.Score(path)
    meters = {(meter.numerator, meter.denominator) for meter in score.time_signatures}
    if len(meters) > 1:
        return []
    beats, unit = meters.pop() if meters else (4, 4)
    ticks = 4 * score.ticks_per_quarter * beats  # of `unit` measures, so that it is whole
    found = []
    for track in score.tracks:
        if not track.is_drum and len(track.notes) > 0:
            columns = track.notes.numpy()
            row = columns["pitch"].astype(np.int64) - LOWEST
            step = (2 * STEPS * unit * columns["time"].astype(np.int64) + ticks) // (2 * ticks)
            shown = (row >= 0) & (row < PITCHES)
            found.append((step * PITCHES + row)[shown])
    return np.unique(np.concatenate(found)) if found else []


def pretty_midi_cells(path):
    song = pretty_midi.PrettyMIDI(path)
    bars = song.get_downbeats()
    if len(bars) < 2:
        return []
    columns_a_second = STEPS / (bars[1] - bars[0])
    for instrument in song.instruments:
        for note in instrument.notes:
            note.end = note.start + 1 / columns_a_second
    roll = song.get_piano_roll(fs=columns_a_second)
    return np.flatnonzero(roll[LOWEST : LOWEST + PITCHES].T > 0)


def samples(cells):
    """The cells of each stretch of 16 measures, counted from its start; the last, unfinished one is left out."""
    if len(cells) == 0:
        return []
    count = (int(cells[-1]) // (STEPS * PITCHES) + 1) // MEASURES
    ends = np.searchsorted(cells, np.arange(count + 1) * SAMPLE)
    return [cells[ends[at] : ends[at + 1]] - at * SAMPLE for at in range(count)]


def main():
    how, listed = sys.argv[1:3]
    globals()[how] = __import__(how)
    if listed == "--version":
        print(importlib.metadata.version(how))
        return
    cells = {"symusic": symusic_cells, "pretty_midi": pretty_midi_cells}[how]
    with open(listed, encoding="utf-8", errors="surrogateescape") as file:
        paths = file.read().splitlines()
    read = made = onsets = 0
    start, cpu = time.perf_counter(), time.process_time()
    for path in paths:
        try:
            found = cells(path)
        except Exception:  # a file that it refuses is none that it read
            continue
        read += 1
        onsets += len(found)
        made += len(samples(found))
    times = {"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}
    print(json.dumps({"files": len(paths), "read": read, "onsets": onsets, "samples": made, **times}))


if __name__ == "__main__":
    main()
