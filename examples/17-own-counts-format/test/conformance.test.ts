import { makeModel } from "@moira/core/testing"
import { countsConformance } from "@moira/ingest/testing"
import format from "../src/index.ts"

/** Three layers, the first dense, with four experts. */
const model = makeModel({ layers: 3, moe: { first: 1, last: 2, every: 1 }, experts: 4, topK: 1 })

countsConformance(format, {
  accepted: [
    {
      name: "two workloads of the MoE layers of a model",
      files: {
        "prefill.counts": "own-counts 2 4\n1 2 3 4\n0 0 9 1\n",
        "decode.counts": "own-counts 2 4\n5 0 0 5\n1 1 4 4\n"
      },
      model,
      workloads: [
        { workload: "decode", phase: "decode", layers: [1, 2], experts: 4, steps: 1, counts: [5, 0, 0, 5, 1, 1, 4, 4] },
        {
          workload: "prefill",
          phase: "prefill",
          layers: [1, 2],
          experts: 4,
          steps: 1,
          counts: [1, 2, 3, 4, 0, 0, 9, 1]
        }
      ]
    },
    {
      name: "layers of a model that is not named",
      files: { "load.counts": "own-counts 1 2\n10 20\n" },
      workloads: [{ workload: "load", phase: "both", layers: [0], experts: 2, steps: 1, counts: [10, 20] }]
    }
  ],
  refused: [
    { name: "a count too few", files: { "a.counts": "own-counts 1 2\n7\n" }, reason: "Ragged", where: "line 2" },
    { name: "a line too few", files: { "a.counts": "own-counts 2 2\n7 1\n" }, reason: "Ragged", where: "line 2" },
    { name: "a fraction", files: { "a.counts": "own-counts 1 2\n7 0.5\n" }, reason: "Malformed", where: "line 2" },
    {
      name: "more than a number holds",
      files: { "a.counts": "own-counts 1 2\n7 9007199254740993\n" },
      reason: "OutOfRange",
      where: "line 2"
    },
    {
      name: "experts of another model",
      files: { "a.counts": "own-counts 2 2\n7 1\n7 1\n" },
      model,
      reason: "WrongShape"
    }
  ]
})
