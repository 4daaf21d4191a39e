"""The onset cells of each MIDI file in a folder as symusic reads it, for a comparison cell by cell.

    python symusic_cells.py FOLDER

One JSON object a line: the path, and either the cells (int64, little-endian, base64; step * 96 + pitch - 16, steps
from the start of the file, each cell once, ascending; drums left out), or how many different time signatures, where
that is not one, or symusic's error.
"""
import base64
import json
import pathlib
import sys

import numpy as np
import symusic

LOWEST, PITCHES, STEPS = 16, 96, 96


def cells(path):
    score = symusic.Score(str(path))
    signatures = {(s.numerator, s.denominator) for s in score.time_signatures} or {(4, 4)}
    if len(signatures) > 1:
        return {"signatures": len(signatures)}
    numerator, denominator = signatures.pop()
    # A measure of 7/8 at 25 ticks a quarter has 87.5: the length is kept as a fraction.
    measure, per = score.ticks_per_quarter * 4 * numerator, denominator
    found = [np.empty(0, np.int64)]
    for track in score.tracks:
        if not track.is_drum and len(track.notes):
            notes = track.notes.numpy()
            tick, pitch = notes["time"].astype(np.int64), notes["pitch"].astype(np.int64) - LOWEST
            inside = (0 <= pitch) & (pitch < PITCHES)
            step = (2 * tick * STEPS * per + measure) // (2 * measure)
            found.append(step[inside] * PITCHES + pitch[inside])
    unique = np.unique(np.concatenate(found))
    return {"cells": base64.b64encode(unique.astype("<i8").tobytes()).decode()}


folder = pathlib.Path(sys.argv[1])
for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".mid", ".midi", ".kar", ".rmi")):
    try:
        said = cells(path)
    except Exception as error:  # a refusal is an answer too
        said = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps({"path": str(path.relative_to(folder)), **said}))
