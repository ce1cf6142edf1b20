"""EPLB in plain Python, loop by loop as the reference has it: the baseline of place.bench.ts.

Reads {"weight": [L][E], "replicas", "groups", "nodes", "gpus", "rounds"} on stdin; writes the CPU seconds of each round
and the map of the first layer. Loads are doubles; the reference keeps 32-bit floats in tensors, which Python reads one by one.
"""

import json
import sys
import time


def balanced_packing(weight, packs):
    per_pack = len(weight) // packs
    if per_pack == 1:
        return list(range(len(weight))), [0] * len(weight)
    order = sorted(range(len(weight)), key=lambda i: -weight[i])
    pack_index, rank = [-1] * len(weight), [-1] * len(weight)
    loads, items = [0] * packs, [0] * packs
    for item in order:
        pack = min((p for p in range(packs) if items[p] < per_pack), key=loads.__getitem__)
        pack_index[item], rank[item] = pack, items[pack]
        loads[pack] += weight[item]
        items[pack] += 1
    return pack_index, rank


def replicate(weight, slots):
    copy_of, count = list(range(len(weight))), [1] * len(weight)
    while len(copy_of) < slots:
        hottest = max(range(len(weight)), key=lambda e: weight[e] / count[e])
        copy_of.append(hottest)
        count[hottest] += 1
    return copy_of, count


def rebalance(weight, replicas, groups, nodes, gpus):
    if groups % nodes != 0:
        groups = nodes = 1
    experts = len(weight)
    size, per_node = experts // groups, groups // nodes
    sums = [sum(weight[g * size : (g + 1) * size]) for g in range(groups)]
    pack, rank = balanced_packing(sums, nodes)
    expert_at = [0] * experts
    for e in range(experts):
        expert_at[(pack[e // size] * per_node + rank[e // size]) * size + e % size] = e
    slots = [0] * replicas
    n_experts, n_slots = experts // nodes, replicas // nodes
    for n in range(nodes):
        mine = expert_at[n * n_experts : (n + 1) * n_experts]
        loads = [weight[e] for e in mine]
        copy_of, count = replicate(loads, n_slots)
        pack, rank = balanced_packing([loads[e] / count[e] for e in copy_of], gpus // nodes)
        for i, e in enumerate(copy_of):
            slots[n * n_slots + pack[i] * (replicas // gpus) + rank[i]] = mine[e]
    return slots


case = json.load(sys.stdin)
seconds = []
for _ in range(case["rounds"]):
    start = time.process_time()
    rows = [rebalance(w, case["replicas"], case["groups"], case["nodes"], case["gpus"]) for w in case["weight"]]
    seconds.append(time.process_time() - start)
json.dump({"seconds": seconds, "first": rows[0]}, sys.stdout)
