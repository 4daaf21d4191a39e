# Decodes the first latent vector that 'generate' wrote, with numpy alone:
#   python3 decode.py artifacts/demo/train/model artifacts/demo/drawn
import json, sys
import numpy as np

def load(path):  # 8 bytes of header length, a JSON header, float32 values
    data = open(path, "rb").read()
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    values = lambda begin, end: np.frombuffer(data[start + begin:start + end], "<f4")
    return {name: values(*t["data_offsets"]).reshape(t["shape"]) for name, t in header.items()}

def decode(weights, z, measures):  # the probability of an onset: [measures, steps * pitches]
    dense = lambda name, x: x @ weights[name + ".weight"] + weights[name + ".bias"]
    relu = lambda x: np.maximum(x, 0)
    codes = relu(dense("measure_code", relu(dense("song_hidden", z))))
    hidden = relu(dense("measure_hidden", codes.reshape(measures, -1)))
    return 1 / (1 + np.exp(-dense("cells", hidden)))

model, drawn = sys.argv[1:3]
grid = json.load(open(f"{model}/corpus.json"))
z = np.load(f"{drawn}/latents.npy")[0]
probabilities = decode(load(f"{model}/decoder.safetensors"), z, grid["measures"])
onsets = np.argsort(-probabilities, axis=None, kind="stable")[:grid["median_onsets"]]
roll = np.zeros((grid["measures"], grid["steps"], grid["pitches"]), np.uint8)
roll.flat[onsets] = 1
same = np.array_equal(roll, np.load(f"{drawn}/songs/npy/song-001.npy"))
print(roll.sum(), "onsets,", "the same roll" if same else "ANOTHER ROLL")
sys.exit(0 if same else 1)
