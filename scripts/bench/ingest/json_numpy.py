"""Reference for the benchmark: json.load of each file named on stdin, ids to numpy uint16, layer by layer.

Prints the CPU seconds of each of argv[1] passes over all files.
"""

import json
import os
import sys

import numpy as np

files = sys.stdin.read().split("\n")
for _ in range(int(sys.argv[1])):
    start = os.times()
    for file in files:
        with open(file, encoding="utf-8") as opened:
            steps = json.load(opened)
        layers = [layer for layer, rows in steps[0].items() if rows is not None]
        ids = [np.array([row for step in steps for row in step[layer]], dtype=np.uint16) for layer in layers]
        np.stack(ids)
    used = os.times()
    print(used.user + used.system - start.user - start.system)
