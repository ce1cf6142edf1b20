"""CPU seconds of each counting kernel in numpy, one warm pass over a file of ids, as one line of JSON."""

import json
import sys
import time

import numpy as np

path, layers, rows, top_k, experts = sys.argv[1], *map(int, sys.argv[2:])
ids = np.fromfile(path, dtype=np.uint16).reshape(layers, rows, top_k)
size = experts * experts


def bincount(x, y):
    return np.bincount((x.astype(np.int64)[:, :, None] * experts + y.astype(np.int64)[:, None, :]).ravel(), minlength=size)


def add_at(x, y):
    counts = np.zeros(size, np.int64)
    np.add.at(counts, (x.astype(np.int32)[:, :, None] * experts + y.astype(np.int32)[:, None, :]).ravel(), 1)
    return counts


first, second = np.triu_indices(top_k, 1)


def pairs_bincount(x):
    return np.bincount((x.astype(np.int64)[:, first] * experts + x.astype(np.int64)[:, second]).ravel(), minlength=size)


def pairs_add_at(x):
    counts = np.zeros(size, np.int64)
    np.add.at(counts, (x.astype(np.int32)[:, first] * experts + x.astype(np.int32)[:, second]).ravel(), 1)
    return counts


steps = [(ids[layer], ids[layer + 1]) for layer in range(layers - 1)]
tokens = [(ids[layer, :-1], ids[layer, 1:]) for layer in range(layers)]
kernels = {
    "layer bincount": lambda: [bincount(x, y) for x, y in steps],
    "layer add.at": lambda: [add_at(x, y) for x, y in steps],
    "token bincount": lambda: [bincount(x, y) for x, y in tokens],
    "token add.at": lambda: [add_at(x, y) for x, y in tokens],
}
if top_k > 1:
    kernels["pairs bincount"] = lambda: [pairs_bincount(x) for x in ids]
    kernels["pairs add.at"] = lambda: [pairs_add_at(x) for x in ids]

seconds = {}
sums = {}
for name, run in kernels.items():
    start = time.process_time()
    counts = run()
    seconds[name] = time.process_time() - start
    # What the caller compares its own counts with: the sum of squares tells tables apart.
    sums[name] = int(sum(int((c.astype(np.int64) ** 2).sum()) for c in counts))
print(json.dumps({"seconds": seconds, "sums": sums}))
