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

relu = lambda x: np.maximum(x, 0)
gelu = lambda x: x / (1 + np.exp(-1.5957691 * (x + 0.044715 * x**3)))
norm = lambda x: (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)
softmax = lambda x, axis=None: np.exp(x - x.max(axis)) / np.exp(x - x.max(axis)).sum(axis)

def thesis(dense, base, z, grid):  # the probability of an onset in each cell
    codes = relu(dense("measure_code", relu(dense("song_hidden", z))))
    hidden = relu(dense("measure_hidden", codes.reshape(grid["measures"], -1)))
    return 1 / (1 + np.exp(-dense("cells", hidden)))

def factored(dense, base, z, grid):
    song = gelu(dense("song_hidden", z))
    song = norm(song + gelu(dense("song_residual", norm(song))))
    rhythms = softmax(dense("rhythms", song).reshape(grid["steps"], -1), 0)
    profiles = softmax(dense("pitch_profiles", song).reshape(grid["pitches"], -1), 0)
    measures = norm(dense("core_code", song).reshape(grid["measures"], -1))
    core = softmax(dense("measure_core", gelu(dense("core_hidden", measures))) + dense("core", song))
    core = core.reshape(grid["measures"], profiles.shape[1], rhythms.shape[1])
    shares = np.einsum("mjk,sk,pj->msp", core, rhythms, profiles, optimize=True)
    shares = 0.98 * shares.reshape(grid["measures"], -1) + 0.02 * base / base.sum() / len(shares)
    return -np.expm1(-np.exp(dense("onsets", song)) * shares)

model, drawn = sys.argv[1:3]
weights, grid = load(f"{model}/decoder.safetensors"), json.load(open(f"{model}/corpus.json"))
dense = lambda name, x: x @ weights[name + ".weight"] + weights[name + ".bias"]
decode = factored if "base" in weights else thesis
probabilities = decode(dense, weights.get("base"), np.load(f"{drawn}/latents.npy")[0], grid)
onsets = np.argsort(-probabilities, axis=None, kind="stable")[:grid["median_onsets"]]
roll = np.zeros((grid["measures"], grid["steps"], grid["pitches"]), np.uint8)
roll.flat[onsets] = 1
same = np.array_equal(roll, np.load(f"{drawn}/songs/npy/song-001.npy"))
print(roll.sum(), "onsets,", "the same roll" if same else "ANOTHER ROLL")
sys.exit(0 if same else 1)
