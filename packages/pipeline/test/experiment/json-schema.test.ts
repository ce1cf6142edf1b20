/** The schema that editors check documents by says the same of them as reading does. */
import { assert, describe, it } from "@effect/vitest"
import { Ajv2020 } from "ajv/dist/2020.js"
import { Result } from "effect"
import * as fs from "node:fs"
import { decodeExperiment } from "../../src/index.ts"
import { experimentJsonSchema } from "../../src/experiment/json-schema.ts"

const kept: unknown = JSON.parse(fs.readFileSync(new URL("../../schema/experiment.json", import.meta.url), "utf8"))
const accepts = new Ajv2020({ allErrors: false, strict: false, allowUnionTypes: true }).compile(kept as object)

const simulate = {
  schema: "moira-experiment/1",
  run: "simulate",
  trace: { store: "twin.moira" },
  machine: { name: "dojo" }
}

const right: Readonly<Record<string, object>> = {
  "a simulation": simulate,
  "every stage": {
    ...simulate,
    seeds: [1, 2],
    keep: "metrics",
    draw: { by: "machine.linkBytesPerSec", against: "energy" },
    machine: { name: ["dojo", "own.json"], units: 16, set: { linkBytesPerSec: 4e12, deadDies: [[2, 2]] } },
    stages: {
      strategy: ["ep", "./own.ts"],
      optimizer: ["eplb", { file: "placement.json" }],
      network: { use: "flow", tolerance: 2e-4 },
      runner: { use: "threads", workers: 2 },
      reporter: ["html"]
    },
    options: { batch: [256, 4096], sample: { layers: 8, steps: 16 } }
  },
  axes: {
    ...simulate,
    axes: [
      { field: "machine.linkBytesPerSec", log: { from: 1e11, to: 8e12, points: 5 } },
      {
        zip: [
          { field: "batch", list: [1, 2] },
          { field: "options.steps", list: [3, 4] }
        ]
      },
      { grid: { "stages.network": ["flow", "ideal"] } }
    ]
  },
  "a placement of counts": { ...simulate, run: "place", trace: { counts: "decode.json" }, stages: { exporter: [] } },
  "a twin": { ...simulate, run: "offload", trace: { twin: { model: "olmoe", requests: 8 } } },
  advice: { ...simulate, run: "advise", options: { phase: "both", batch: 64 } },
  "patterns without a machine": {
    schema: "moira-experiment/1",
    run: "analyze",
    trace: { store: "a" },
    options: { only: "spatial" }
  }
}

const wrong: Readonly<Record<string, object>> = {
  "another schema": { ...simulate, schema: "moira-experiment/2" },
  "a run that nobody knows": { ...simulate, run: "dance" },
  "an unknown field": { ...simulate, stage: {} },
  "an unknown stage": { ...simulate, stages: { strategies: ["ep"] } },
  "a machine of patterns": { ...simulate, run: "analyze" },
  "a batch of words": { ...simulate, options: { batch: "many" } },
  "a batch of nothing": { ...simulate, options: { batch: [] } },
  "a negative tolerance": { ...simulate, stages: { network: { use: "flow", tolerance: -1 } } },
  "no machine": { schema: "moira-experiment/1", run: "simulate", trace: { store: "a" } },
  "values without an end": { ...simulate, axes: [{ field: "batch", log: { from: 1, points: 3 } }] }
}

describe("the JSON Schema of experiment documents", () => {
  it("is the one that is shipped", () => {
    assert.deepStrictEqual(kept, JSON.parse(JSON.stringify(experimentJsonSchema())), "node scripts/write-schema.mjs")
  })

  for (const [what, document] of Object.entries(right))
    it(`accepts ${what}, as reading does`, () => {
      assert.isTrue(Result.isSuccess(decodeExperiment("a.yaml", document)))
      assert.isTrue(accepts(document), JSON.stringify(accepts.errors))
    })

  for (const [what, document] of Object.entries(wrong))
    it(`refuses ${what}, as reading does`, () => {
      assert.isTrue(Result.isFailure(decodeExperiment("a.yaml", document)))
      assert.isFalse(accepts(document))
    })
})
