/** Every counts format, by the kit. */
import countsCsv from "../../src/counts/counts-csv.ts"
import countsJson from "../../src/counts/counts-json.ts"
import countsTensor from "../../src/counts/counts-tensor.ts"
import eplbJson from "../../src/counts/eplb-json.ts"
import eplbNpy from "../../src/counts/eplb-npy.ts"
import hotnessNpy from "../../src/counts/hotness-npy.ts"
import llamaImatrix from "../../src/counts/llama-imatrix.ts"
import sglangCountsJson from "../../src/counts/sglang-counts-json.ts"
import sglangPasses from "../../src/counts/sglang-passes.ts"
import sglangStat from "../../src/counts/sglang-stat.ts"
import tensorrtCounts from "../../src/counts/tensorrt-counts.ts"
import { countsConformance } from "../../src/testing.ts"
import { expected, pt } from "../codecs/pickle/fixtures.ts"
import { pickle, PyArray, PyTensor, torchOld, torchZip } from "../codecs/pickle/write-pickle.ts"
import { zip } from "../formats/arrays.ts"
import { ggufFile, madeUp, npyFile, safetensorsFile, type Table } from "./arrays.ts"
import { tiny } from "../tiny.ts"

const one = madeUp(1, 3, 12, 1)
const two = madeUp(2, 3, 12, 1)
const json = (table: unknown, indent?: number) => JSON.stringify({ logical_count: table }, null, indent)
/** As Python writes floats. */
const floats = (table: Table) =>
  `{"logical_count": [${table.map((row) => `[${row.map((n) => `${n}.0`).join(", ")}]`).join(", ")}]}\n`

countsConformance(sglangCountsJson, {
  accepted: [
    {
      name: "two workloads of floats and integers, rows of every hidden layer",
      files: { "prefill_a.json": floats(one), "decode_a.json": json(two, 4) },
      model: tiny,
      workloads: [
        { workload: "decode_a", phase: "decode", layers: [0, 1, 2], experts: 12, steps: 1, counts: two.flat() },
        { workload: "prefill_a", phase: "prefill", layers: [0, 1, 2], experts: 12, steps: 1, counts: one.flat() }
      ]
    },
    {
      name: "steps of MoE layers only, with other keys",
      files: { "run.json": JSON.stringify({ rank: 0, logical_count: [one.slice(1), two.slice(1)], rate: null }) },
      model: tiny,
      workloads: [
        {
          workload: "run",
          phase: "both",
          layers: [1, 2],
          experts: 12,
          steps: 2,
          counts: [...one.slice(1).flat(), ...two.slice(1).flat()]
        }
      ]
    },
    {
      name: "loads that are no whole numbers, by a power of two",
      files: {
        "x.json": json([
          [1.5, 0],
          [96.25, 3]
        ])
      },
      workloads: [
        {
          workload: "x",
          experts: 2,
          steps: 1,
          counts: [1.5 * 2 ** 20, 0, 96.25 * 2 ** 20, 3 * 2 ** 20],
          note: "each was multiplied by 1048576 and rounded"
        }
      ]
    },
    {
      name: "no model named, and two files of one name in two folders",
      files: { "a/x.json": json([[1, 2]]), "b/x.json": json([[3, 1e3]]) },
      workloads: [
        { workload: "a/x", layers: [0], experts: 2, steps: 1, counts: [1, 2], note: "numbered from 0" },
        { workload: "b/x", layers: [0], experts: 2, steps: 1, counts: [3, 1000] }
      ]
    }
  ],
  refused: [
    { name: "shares", files: { "0.json": json([[0.25, 0.75]]) }, reason: "WrongShape", where: "entry 0" },
    {
      name: "shares of the whole table",
      files: {
        "0.json": json([
          [0.25, 0.25],
          [0.3, 0.2]
        ])
      },
      reason: "WrongShape",
      where: "entry 0"
    },
    { name: "percentages", files: { "0.json": json([[37.5, 62.5]]) }, reason: "WrongShape", where: "entry 0" },
    { name: "a negative count", files: { "0.json": json([[1, -1]]) }, reason: "Malformed", where: "byte 21" },
    { name: "a count beyond 2^53", files: { "0.json": json([[1, 2 ** 53]]) }, reason: "Malformed", where: "byte 21" },
    {
      name: "infinity by exponent",
      files: { "0.json": '{"logical_count":[[1e999]]}' },
      reason: "Malformed",
      where: "byte 19"
    },
    { name: "NaN", files: { "0.json": '{"logical_count":[[NaN]]}' }, reason: "Malformed", where: "byte 19" },
    { name: "a short row", files: { "0.json": json([[1, 2], [3]]) }, reason: "Ragged", where: "byte 24" },
    { name: "numbers beside lists", files: { "0.json": json([[1, 2], 3]) }, reason: "Ragged", where: "byte 24" },
    { name: "four levels", files: { "0.json": json([[[[1]]]]) }, reason: "WrongShape", where: "byte 20" },
    { name: "one level", files: { "0.json": json([1, 2]) }, reason: "WrongShape", where: "byte 17" },
    { name: "an empty list", files: { "0.json": json([[]]) }, reason: "WrongShape", where: "byte 18" },
    {
      name: "the key twice",
      files: { "0.json": '{"logical_count":[[1]],"logical_count":[[1]]}' },
      reason: "Malformed",
      where: "byte 23"
    },
    { name: "no key", files: { "0.json": '{"rank":0}' }, reason: "WrongShape", where: "byte 0" },
    {
      name: "counts of a dense layer",
      files: { "0.json": json(madeUp(1, 3, 12)) },
      model: tiny,
      reason: "WrongShape",
      where: "row 0"
    },
    {
      name: "another model's experts",
      files: { "0.json": json(madeUp(1, 3, 8, 1)) },
      model: tiny,
      reason: "WrongShape",
      where: "entry 0"
    },
    {
      name: "another model's layers",
      files: { "0.json": json(madeUp(1, 4, 12, 1)) },
      model: tiny,
      reason: "WrongShape",
      where: "entry 0"
    },
    { name: "a model that nobody knows", files: { "0.json": json(one) }, model: "llama5", reason: "UnknownModel" },
    { name: "no file", files: { "a.txt": json(one) }, reason: "Empty" }
  ]
})

countsConformance(eplbJson, {
  accepted: [
    {
      name: "a table",
      files: { "load.json": JSON.stringify(one, null, 2) },
      model: tiny,
      workloads: [{ workload: "load", layers: [0, 1, 2], experts: 12, steps: 1, counts: one.flat() }]
    }
  ],
  refused: [
    { name: "three levels", files: { "0.json": JSON.stringify([one]) }, reason: "WrongShape", where: "byte 0" },
    { name: "text", files: { "0.json": '[["1"]]' }, reason: "Malformed", where: "byte 2" },
    { name: "NaN first", files: { "0.json": "[[NaN, 1]]" }, reason: "Malformed", where: "byte 2" },
    { name: "a negative number first", files: { "0.json": "[[-1, 1]]" }, reason: "Malformed", where: "byte 2" }
  ]
})

countsConformance(eplbNpy, {
  accepted: [
    {
      name: "int64",
      files: { "load.npy": npyFile("<i8", [3, 12], one.flat()) },
      model: tiny,
      workloads: [{ workload: "load", layers: [0, 1, 2], experts: 12, steps: 1, counts: one.flat() }]
    },
    {
      name: "float32",
      files: { "load.npy": npyFile("<f4", [2, 12], two.slice(1).flat()) },
      model: tiny,
      workloads: [{ workload: "load", layers: [1, 2], experts: 12, steps: 1, counts: two.slice(1).flat() }]
    }
  ],
  refused: [
    {
      name: "three dimensions",
      files: { "0.npy": npyFile("<i4", [1, 1, 2], [1, 2]) },
      reason: "WrongShape",
      where: "byte 0"
    },
    {
      name: "shares",
      files: { "0.npy": npyFile("<f4", [1, 2], [0.25, 0.75]) },
      reason: "WrongShape",
      where: "entry 0"
    },
    {
      name: "not a number",
      files: { "0.npy": npyFile("<f8", [1, 2], [1, Number.NaN]) },
      reason: "Malformed",
      where: "entry 1"
    },
    { name: "nothing in it", files: { "0.npy": npyFile("<i4", [0, 2], []) }, reason: "WrongShape", where: "byte 0" }
  ]
})

const wide = [madeUp(1, 2, 40), madeUp(2, 2, 40), madeUp(3, 2, 40)]

countsConformance(hotnessNpy, {
  accepted: [
    {
      name: "three steps",
      files: { "decode.npy": npyFile("<i4", [3, 2, 40], wide.flat(2)) },
      workloads: [{ workload: "decode", phase: "decode", layers: [0, 1], experts: 40, steps: 3, counts: wide.flat(2) }]
    }
  ],
  refused: [
    {
      name: "two dimensions",
      files: { "0.npy": npyFile("<i4", [1, 2], [1, 2]) },
      reason: "WrongShape",
      where: "byte 0"
    }
  ]
})

/** Steps 0, 1 and 3 of both ranks added; 2 and 4 were never written. */
const summed = [0, 1, 3].flatMap((step) =>
  expected.stat0[step]!.flatMap((row, layer) => row.map((n, e) => n + expected.stat1[step]![layer]![e]!))
)

countsConformance(sglangStat, {
  accepted: [
    {
      name: "two ranks of one run",
      files: { "prefill/a.pt": pt("stat/rank0"), "prefill/b.pt": pt("stat/rank1") },
      model: tiny,
      workloads: [
        {
          workload: "prefill",
          phase: "prefill",
          layers: [0, 1, 2],
          experts: 12,
          steps: 3,
          counts: summed,
          note: "2 of 5 steps"
        }
      ]
    },
    {
      name: "two recordings of rank 0",
      files: { "a.pt": pt("stat/rank0"), "b.pt": pt("stat-alone") },
      model: tiny,
      workloads: [
        { workload: "a", experts: 12, steps: 3, counts: [0, 1, 3].flatMap((step) => expected.stat0[step]!.flat()) },
        { workload: "b", experts: 12, steps: 5, counts: expected["stat-alone"].flat(2), note: "ring buffer is full" }
      ]
    }
  ],
  refused: [
    {
      name: "tokens instead of counts",
      files: { "0.pt": pt("tokens/rank0") },
      reason: "WrongShape",
      where: "record 0"
    },
    {
      name: "rank 0 twice beside rank 1",
      files: { "a.pt": pt("stat/rank0"), "b.pt": pt("stat/rank1"), "c.pt": pt("stat-alone") },
      reason: "Ragged",
      where: "c.pt, record 0"
    },
    { name: "no archive", files: { "0.pt": "x".repeat(100) }, reason: "Truncated", where: "byte 100" }
  ],
  cuts: 32
})

/** Slots added up by the expert that they hold, passes 5 to 8 of both ranks. */
const passCounts = [5, 6, 7, 8].flatMap((pass) =>
  expected.map.flatMap((row, layer) => {
    const sums = Array.from({ length: 12 }, () => 0)
    for (const { counts } of [...expected.passes0, ...expected.passes1].filter((record) => record.pass === pass))
      row.forEach((expert, slot) => (sums[expert]! += counts[layer]![slot]!))
    return sums
  })
)

countsConformance(sglangPasses, {
  accepted: [
    {
      name: "passes of two ranks",
      files: { "run/a.pt": pt("passes/rank0"), "run/b.pt": pt("passes/rank1") },
      model: tiny,
      workloads: [
        { workload: "run", layers: [0, 1, 2], experts: 12, steps: 4, counts: passCounts, note: "summed over 2 ranks" }
      ]
    }
  ],
  refused: [
    { name: "counts without passes", files: { "0.pt": pt("stat-alone") }, reason: "WrongShape", where: "record 0" }
  ],
  cuts: 32
})

const list = (values: ReadonlyArray<number>) => ({ type: "I32", shape: [values.length], values }) as const
const rank0 = safetensorsFile({
  "10_1": list(one[1]!),
  "10_2": list(one[2]!),
  "9_1": list(two[1]!),
  "9_2": list(two[2]!)
})
const rank1 = safetensorsFile({
  "9_2": list(one[2]!),
  "9_1": list(one[1]!),
  "10_2": list(two[2]!),
  "10_1": list(two[1]!)
})
const both = [1, 2].flatMap((layer) => one[layer]!.map((n, e) => n + two[layer]![e]!))

countsConformance(tensorrtCounts, {
  accepted: [
    {
      name: "two ranks, iterations in number order, raw ids beside them",
      files: {
        "stats/rank0.safetensors": rank0,
        "stats/rank1.safetensors": rank1,
        "stats/meta_info.json": '{"num_experts": 12, "num_experts_per_token": 2}'
      },
      model: tiny,
      workloads: [{ workload: "stats", layers: [1, 2], experts: 12, steps: 2, counts: [...both, ...both] }]
    },
    {
      name: "one rank of 64-bit counts, no model",
      files: { "rank0.safetensors": safetensorsFile({ "0_7": { type: "I64", shape: [2], values: [5, 2 ** 40] } }) },
      workloads: [{ workload: "rank0", layers: [7], experts: 2, steps: 1, counts: [5, 2 ** 40] }]
    }
  ],
  refused: [
    {
      name: "a pair that is missing",
      files: { "rank0.safetensors": safetensorsFile({ "0_1": list([1]), "1_2": list([1]) }) },
      reason: "Ragged",
      where: "byte 8"
    },
    {
      name: "lists of two lengths",
      files: { "rank0.safetensors": safetensorsFile({ "0_1": list([1]), "0_2": list([1, 2]) }) },
      reason: "Ragged",
      where: "byte"
    },
    {
      name: "a dense layer",
      files: { "rank0.safetensors": safetensorsFile({ "0_0": list(one[1]!) }) },
      model: tiny,
      reason: "WrongShape",
      where: "entry 0"
    },
    {
      name: "ranks of other layers",
      files: { "a/rank0.safetensors": rank0, "a/rank1.safetensors": safetensorsFile({ "0_1": list(one[1]!) }) },
      reason: "Ragged",
      where: "rank1.safetensors, byte 8"
    },
    {
      name: "half floats that are none",
      files: { "rank0.safetensors": safetensorsFile({ "0_1": { type: "BF16", shape: [1], values: [1] } }) },
      reason: "WrongShape",
      where: "byte"
    },
    {
      name: "a negative count",
      files: { "rank0.safetensors": safetensorsFile({ "0_1": list([1, -1]) }) },
      reason: "Malformed",
      where: "entry 1"
    }
  ]
})

const moeRows = one.slice(1)
/** Lines of a table without its zeros. */
const csv = (table: Table, first = 0, header = "layer_id,expert_id,count") =>
  [header, ...table.flatMap((row, l) => row.flatMap((count, e) => (count === 0 ? [] : [`${first + l},${e},${count}`])))]
    .map((line) => `${line}\n`)
    .join("")

countsConformance(countsCsv, {
  cuts: 0,
  accepted: [
    {
      name: "the model's own numbers, and experts that were not chosen",
      files: { "decode.csv": "layer_id,expert_id,count\n2,11,7\n1,0,5\n" },
      model: tiny,
      workloads: [
        {
          workload: "decode",
          phase: "decode",
          layers: [1, 2],
          experts: 12,
          steps: 1,
          counts: [5, ...Array.from({ length: 11 + 11 }, () => 0), 7]
        }
      ]
    },
    {
      name: "columns in another order, and layers that are counted from 0",
      files: {
        "a.csv": csv(moeRows).replace("layer_id,expert_id,count", "layer,expert_idx,tokens").replaceAll("\n", "\r\n")
      },
      model: tiny,
      workloads: [
        {
          workload: "a",
          layers: [1, 2],
          experts: 12,
          steps: 1,
          counts: moeRows.flat(),
          note: "layers 0 to 1 of the file were taken for the model's MoE layers 1 to 2"
        }
      ]
    },
    {
      name: "a layer of the model left out, which is said",
      files: { "a.csv": "layer_id,expert_id,count\n2,11,7\n" },
      model: tiny,
      workloads: [
        {
          workload: "a",
          layers: [2],
          experts: 12,
          steps: 1,
          counts: [...Array.from({ length: 11 }, () => 0), 7],
          note: "tiny has experts at layer 1 as well, of which the file holds no counts"
        }
      ]
    },
    {
      name: "no model: experts up to the highest that is named",
      files: { "a.csv": "expert,layer,load\n3,7,1\n0,9,2.5\n" },
      workloads: [
        {
          workload: "a",
          layers: [7, 9],
          experts: 4,
          steps: 1,
          counts: [0, 0, 0, 2 ** 25, 2.5 * 2 ** 25, 0, 0, 0],
          note: "4 experts, the highest that is named"
        }
      ]
    }
  ],
  refused: [
    {
      name: "a layer and expert twice",
      files: { "a.csv": csv([[1]]) + "0,0,1\n" },
      reason: "Malformed",
      where: "line 3"
    },
    { name: "no count at all", files: { "a.csv": csv([]) }, reason: "Truncated", where: "byte 0" },
    { name: "a negative count", files: { "a.csv": csv([[1]]) + "0,1,-1\n" }, reason: "Malformed", where: "line 3" },
    { name: "a count of words", files: { "a.csv": csv([[1]]) + "0,1,nan\n" }, reason: "Malformed", where: "line 3" },
    { name: "a column too few", files: { "a.csv": csv([[1]]) + "0,1\n" }, reason: "Malformed", where: "line 3" },
    {
      name: "an expert of no model",
      files: { "a.csv": csv([[1]]) + "0,99999,1\n" },
      reason: "OutOfRange",
      where: "line 3"
    },
    {
      name: "numbers that would make a huge table of a few lines",
      files: { "a.csv": csv([[1]]) + "1,65535,1\n" },
      reason: "WrongShape",
      where: "entry 0"
    },
    {
      name: "an expert that the model lacks",
      files: { "a.csv": "layer,expert,count\n1,12,1\n" },
      model: tiny,
      reason: "WrongShape"
    },
    {
      name: "a dense layer",
      files: { "a.csv": "layer,expert,count\n0,1,1\n2,1,1\n" },
      model: tiny,
      reason: "WrongShape"
    }
  ]
})

countsConformance(countsJson, {
  accepted: [
    {
      name: "lists by layer",
      files: { "a.json": JSON.stringify({ "2": one[2], "1": one[1] }) },
      model: tiny,
      workloads: [{ workload: "a", layers: [1, 2], experts: 12, steps: 1, counts: moeRows.flat() }]
    },
    {
      name: "experts by number under a key, beside others",
      files: {
        "stats.json": JSON.stringify(
          {
            num_layers: 2,
            num_experts: 12,
            most_activated: { "0": [{ expert: 3, share: 0.5 }] },
            expert_counts: Object.fromEntries(
              moeRows.map((row, l) => [`layer_${l}`, Object.fromEntries(row.map((count, e) => [e, count]))])
            ),
            load_balance_score: 0.7
          },
          null,
          1
        )
      },
      model: tiny,
      workloads: [
        { workload: "stats", layers: [1, 2], experts: 12, steps: 1, counts: moeRows.flat(), note: "in their order" }
      ]
    },
    {
      name: "a table inside the data of a response",
      files: { "a.json": JSON.stringify({ ok: true, data: { stats: { "1": one[1], "2": one[2] }, num_experts: 12 } }) },
      model: tiny,
      workloads: [{ workload: "a", layers: [1, 2], experts: 12, steps: 1, counts: moeRows.flat() }]
    },
    {
      name: "names of modules, every hidden layer, loads of one expert each",
      files: {
        "a.json": JSON.stringify({
          "model.layers.0.mlp": { "3": 0 },
          "model.layers.1.mlp": { "3": 2 },
          "model.layers.2.mlp": { "11": 4 }
        })
      },
      model: tiny,
      workloads: [
        {
          workload: "a",
          layers: [0, 1, 2],
          experts: 12,
          steps: 1,
          counts: [...Array.from({ length: 15 }, () => 0), 2, ...Array.from({ length: 19 }, () => 0), 4]
        }
      ]
    }
  ],
  refused: [
    { name: "rows of unequal length", files: { "a.json": '{"0":[1,2],"1":[1]}' }, reason: "Ragged", where: "byte 15" },
    {
      name: "two tables",
      files: { "a.json": '{"a":{"0":[1,2]},"b":{"0":[1,2]}}' },
      reason: "WrongShape",
      where: "byte 0"
    },
    {
      name: "a layer twice",
      files: { "a.json": '{"0":[1,2],"layer_0":[1,2]}' },
      reason: "Malformed",
      where: "byte 21"
    },
    { name: "no layer", files: { "a.json": '{"a":1}' }, reason: "WrongShape", where: "byte 0" },
    { name: "a negative count", files: { "a.json": '{"0":[1,-2]}' }, reason: "Malformed", where: "byte 8" },
    { name: "shares", files: { "a.json": '{"0":[0.5,0.5],"1":[0.1,0.9]}' }, reason: "WrongShape", where: "entry 0" },
    {
      name: "more experts than it says",
      files: { "a.json": '{"num_experts":2,"c":{"0":[1,2,3]}}' },
      reason: "Ragged",
      where: "entry 0"
    }
  ]
})

const tokens = (layer: number, name: string, row: ReadonlyArray<number>) => ({
  [`blk.${layer}.${name}.weight.counts`]: { shape: [1, row.length], values: row }
})
const sums = { "blk.1.ffn_down_exps.weight.in_sum2": { shape: [4, 12], values: Array.from({ length: 48 }, () => 0.5) } }
const imatrix = ggufFile({
  ...tokens(2, "ffn_down_exps", one[2]!),
  ...sums,
  ...tokens(1, "ffn_up_exps", two[1]!),
  ...tokens(1, "ffn_down_exps", one[1]!),
  "blk.0.ffn_down.weight.counts": { shape: [1, 1], values: [9] }
})

countsConformance(llamaImatrix, {
  accepted: [
    {
      name: "layers by their numbers, of one tensor each",
      files: { "imatrix.gguf": imatrix },
      model: tiny,
      workloads: [{ workload: "imatrix", layers: [1, 2], experts: 12, steps: 1, counts: moeRows.flat() }]
    },
    {
      name: "two files, each by itself",
      files: { "code.gguf": imatrix, "text.gguf": ggufFile({ ...tokens(3, "ffn_gate_exps", [2 ** 24, 1]) }) },
      workloads: [
        { workload: "code", layers: [1, 2], experts: 12, steps: 1, counts: moeRows.flat() },
        { workload: "text", layers: [3], experts: 2, steps: 1, counts: [2 ** 24, 1], note: "32-bit floats" }
      ]
    }
  ],
  refused: [
    { name: "a dense model", files: { "a.gguf": ggufFile(sums) }, reason: "WrongShape", where: "byte 0" },
    {
      name: "the same count for all experts, as an imatrix of the old format gives",
      files: { "a.gguf": ggufFile({ ...tokens(1, "ffn_up_exps", [4, 4]), ...tokens(2, "ffn_up_exps", [4, 4]) }) },
      reason: "WrongShape",
      where: "byte"
    },
    {
      name: "layers of other experts",
      files: { "a.gguf": ggufFile({ ...tokens(1, "ffn_up_exps", [4, 5]), ...tokens(2, "ffn_up_exps", [4, 5, 6]) }) },
      reason: "Ragged",
      where: "byte"
    },
    {
      name: "a dense layer",
      files: { "a.gguf": ggufFile(tokens(0, "ffn_up_exps", one[1]!)) },
      model: tiny,
      reason: "WrongShape"
    }
  ]
})

const halves = one.map((row) => row.map((count) => count / 2))
const scale = 2 ** 20

countsConformance(countsTensor, {
  accepted: [
    {
      name: "mean loads as a tensor, and steps of slots in bfloat16 in the old format",
      files: {
        "mean.pt": torchZip({ step: 3, expert_load: new PyTensor("float32", [3, 12], halves.flat()) }),
        "window.pt": torchOld({
          expert_load_window: new PyTensor("bfloat16", [2, 3, 12], [...one.flat(), ...two.flat()])
        })
      },
      model: tiny,
      workloads: [
        {
          workload: "mean",
          layers: [0, 1, 2],
          experts: 12,
          steps: 1,
          counts: halves.flat().map((load) => load * scale * 2),
          note: "loads are not whole numbers"
        },
        {
          workload: "window",
          layers: [0, 1, 2],
          experts: 12,
          steps: 2,
          counts: [...one.flat(), ...two.flat()],
          note: "slots"
        }
      ]
    },
    {
      name: "an array of NumPy in a pickle",
      files: { "decode.pkl": pickle({ activation_freq: new PyArray("<i8", [2, 12], one.slice(1).flat()) }, 5).bytes },
      model: tiny,
      workloads: [
        { workload: "decode", phase: "decode", layers: [1, 2], experts: 12, steps: 1, counts: one.slice(1).flat() }
      ]
    },
    {
      name: "an array of an archive",
      files: { "a.npz": zip([{ name: "expert_counts.npy", bytes: npyFile("<i4", [3, 12], one.flat()) }]) },
      model: tiny,
      workloads: [{ workload: "a", layers: [0, 1, 2], experts: 12, steps: 1, counts: one.flat() }]
    }
  ],
  refused: [
    {
      name: "another name",
      files: { "a.pt": torchZip({ loads: new PyTensor("int32", [1, 2], [1, 2]) }) },
      reason: "WrongShape",
      where: "record 0"
    },
    {
      name: "one dimension",
      files: { "a.pt": torchZip({ hotness: new PyTensor("int32", [2], [1, 2]) }) },
      reason: "WrongShape",
      where: "record 0"
    },
    {
      name: "two tables",
      files: {
        "a.pt": torchZip({
          hotness: new PyTensor("int32", [1, 2], [1, 2]),
          expert_load: new PyTensor("int32", [1, 2], [1, 2])
        })
      },
      reason: "WrongShape",
      where: "record 0"
    },
    {
      name: "a negative load",
      files: { "a.pt": torchZip({ expert_load: new PyTensor("float32", [1, 2], [1, -2]) }) },
      reason: "Malformed",
      where: "record 0, entry 1"
    },
    {
      name: "shares",
      files: { "a.pt": torchZip({ expert_load: new PyTensor("float32", [1, 2], [0.25, 0.75]) }) },
      reason: "WrongShape",
      where: "entry 0"
    }
  ],
  cuts: 24
})
