/** Experiment documents: what they may say, what is wrong with them and where. */
import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { designOf, maxPoints, settingDocument } from "../../src/experiment/axes.ts"
import { decodeExperiment, readExperiment } from "../../src/experiment/decode.ts"
import { fieldName, fieldPath, valueAt, withValue } from "../../src/experiment/fields.ts"
import type { ExperimentDocument } from "../../src/experiment/schema.ts"

const plain = {
  schema: "moira-experiment/1",
  run: "simulate",
  trace: { store: "a.moira" },
  machine: { name: "dojo" }
}

const document = (more: object): ExperimentDocument =>
  Result.getOrThrow(decodeExperiment("a.yaml", { ...plain, ...more }))

const refusal = (value: unknown): string => {
  const decoded = decodeExperiment("a.yaml", value)
  assert.isTrue(Result.isFailure(decoded), JSON.stringify(value))
  return Result.isFailure(decoded) ? decoded.failure.message : ""
}

describe("documents", () => {
  it("are YAML or JSON", () => {
    const text = "schema: moira-experiment/1\nrun: simulate\ntrace: {store: a.moira}\nmachine: {name: dojo}\n"
    assert.deepStrictEqual(Result.getOrThrow(readExperiment("a.yaml", text)), document({}))
    assert.deepStrictEqual(Result.getOrThrow(readExperiment("a.json", JSON.stringify(plain))), document({}))
  })

  for (const [what, value, says] of [
    ["no document", 3, "a.yaml: no experiment document"],
    ["another schema", { ...plain, schema: "moira-experiment/9" }, 'a.yaml, schema: is "moira-experiment/9"'],
    ["no run", { ...plain, run: undefined }, "a.yaml, run: is missing"],
    ["another run", { ...plain, run: "simulat" }, 'a.yaml, run: is "simulat"; hint: known are simulate'],
    ["an unknown field", { ...plain, option: {} }, "a.yaml, option: no such field; hint: known are options"],
    [
      "an unknown option",
      { ...plain, options: { batchs: 1 } },
      "a.yaml, options.batchs: no such field; hint: known are batch"
    ],
    ["an option of another run", { ...plain, options: { maxSlots: 1 } }, "a.yaml, options.maxSlots: no such field"],
    ["a word for a number", { ...plain, options: { steps: "x" } }, 'a.yaml, options.steps: expected number, got "x"'],
    [
      "half a request",
      { ...plain, options: { batch: [1, 0.5] } },
      "a.yaml, options.batch[1]: expected an integer, got 0.5"
    ],
    ["no machine", { ...plain, machine: undefined }, "a.yaml, machine: "],
    [
      "two traces",
      { ...plain, trace: { store: "a", counts: "b" } },
      "a.yaml, trace: expected one of store, counts, twin, hub, files, got store and counts"
    ],
    ["no trace", { ...plain, trace: {} }, "a.yaml, trace: expected one of store"],
    ["values without a field", { ...plain, axes: [{ list: [1] }] }, "a.yaml, axes[0]: expected a field"],
    ["an axis of nothing", { ...plain, axes: [{ field: "batch" }] }, "a.yaml, axes[0]: expected one of list"],
    ["an empty list", { ...plain, axes: [{ field: "batch", list: [] }] }, "a.yaml, axes[0].list: "]
  ] as const)
    it(`say what is wrong: ${what}`, () => assert.include(refusal(value), says))

  it("say the line of what is no YAML", () => {
    const read = readExperiment("a.yaml", "schema: moira-experiment/1\nrun: [simulate\ntrace: 1\n")
    assert.isTrue(Result.isFailure(read) && /^a\.yaml, line 3, column \d+: /.test(read.failure.message))
  })

  it("whose aliases stand for gigabytes are refused", () => {
    const lines = ["a: &a [x,x,x,x,x,x,x,x,x,x]"]
    for (let i = 1; i < 9; i++) {
      const before = String.fromCharCode(96 + i)
      const name = String.fromCharCode(97 + i)
      lines.push(`${name}: &${name} [${Array.from({ length: 10 }, () => `*${before}`).join(",")}]`)
    }
    assert.isTrue(Result.isFailure(readExperiment("bomb.yaml", lines.join("\n"))))
  })
})

const points = (more: object) => {
  const of = document(more)
  return Result.map(designOf(of), ({ points: all }) => all.map((puts) => settingDocument(of, puts)))
}
const valuesAt = (field: string, more: object): ReadonlyArray<unknown> => {
  const path = Result.getOrThrow(fieldPath("simulate", field, "x"))
  return Result.getOrThrow(points(more)).map((of) => valueAt(of, path))
}
const mistake = (more: object): string => {
  const found = points(more)
  assert.isTrue(Result.isFailure(found))
  return Result.isFailure(found) ? found.failure.message : ""
}

describe("axes", () => {
  it("multiply, the last one fastest, seeds faster still", () => {
    const more = {
      axes: [
        { field: "machine.linkBytesPerSec", log: { from: 1e12, to: 4e12, points: 3 } },
        {
          zip: [
            { field: "options.batch", list: [1, 2] },
            { field: "steps", linear: { from: 3, to: 4, points: 2 } }
          ]
        }
      ],
      seeds: [5, 6]
    }
    assert.deepStrictEqual(
      valuesAt("machine.linkBytesPerSec", more),
      [1e12, 2e12, 4e12].flatMap((value) => [value, value, value, value])
    )
    assert.deepStrictEqual(valuesAt("batch", more).slice(0, 4), [1, 1, 2, 2])
    assert.deepStrictEqual(valuesAt("steps", more).slice(0, 4), [3, 3, 4, 4])
    assert.deepStrictEqual(valuesAt("seed", more).slice(0, 4), [5, 6, 5, 6])
  })

  it("of a grid are those of its fields one after the other", () => {
    const grid = { axes: [{ grid: { batch: [1, 2], "stages.strategy": ["ep", "moira"] } }] }
    const one = {
      axes: [
        { field: "batch", list: [1, 2] },
        { field: "stages.strategy", list: ["ep", "moira"] }
      ]
    }
    assert.deepStrictEqual(Result.getOrThrow(points(grid)), Result.getOrThrow(points(one)))
  })

  it("keep both ends to the last bit, and whole numbers where asked", () => {
    assert.deepStrictEqual(
      valuesAt("batch", { axes: [{ field: "batch", log: { from: 3, to: 3000, points: 4, round: true } }] }),
      [3, 30, 300, 3000]
    )
    const ends = valuesAt("machine.hbmBytesPerSec", {
      axes: [{ field: "machine.hbmBytesPerSec", log: { from: 0.1, to: 0.7, points: 7 } }]
    })
    assert.deepStrictEqual([ends[0], ends[6]], [0.1, 0.7])
  })

  for (const [what, more, says] of [
    ["over no field", { axes: [{ field: "options.nothing", list: [1] }] }, "axes[0].field: options.nothing"],
    ["over no field of a zip", { axes: [{ zip: [{ field: "batchs", list: [1] }] }] }, "axes[0].zip[0].field: batchs"],
    [
      "over one field twice",
      {
        axes: [
          { field: "batch", list: [1] },
          { field: "options.batch", list: [2] }
        ]
      },
      "axes[1].field: options.batch varies already by axes[0].field"
    ],
    [
      "over a field and what holds it",
      {
        axes: [
          { field: "trace.twin", list: [{}] },
          { field: "trace.twin.model", list: ["a"] }
        ]
      },
      "axes[1].field: trace.twin.model varies already"
    ],
    [
      "over seeds twice",
      { seeds: [1, 2], axes: [{ field: "seed", list: [3] }] },
      "seeds: seed varies already by axes[0].field"
    ],
    [
      "of unequal lengths",
      {
        axes: [
          {
            zip: [
              { field: "batch", list: [1] },
              { field: "steps", list: [1, 2] }
            ]
          }
        ]
      },
      "axes[0].zip[1]: 2 values beside 1"
    ],
    [
      "of ratios from 0",
      { axes: [{ field: "batch", log: { from: 0, to: 2, points: 2 } }] },
      "axes[0].log: from 0 to 2"
    ],
    [
      "of one point with two ends",
      { axes: [{ field: "batch", linear: { from: 1, to: 2, points: 1 } }] },
      "axes[0].linear: one point, and two ends"
    ],
    [
      "of too many points",
      { axes: [{ field: "batch", linear: { from: 1, to: 2, points: 1e9 } }] },
      "axes[0].linear: 1,000,000,000 points"
    ],
    [
      "of too many points together",
      { axes: ["batch", "steps", "seed"].map((field) => ({ field, linear: { from: 1, to: 2, points: 1000 } })) },
      `axes: 1,000,000,000 points, of ${maxPoints.toLocaleString("en")} at most`
    ]
  ] as const)
    it(`are refused ${what}`, () => assert.include(mistake(more), says))
})

describe("fields", () => {
  it.prop(
    "put a value where they find it, and change nothing else",
    {
      key: Schema.Literals([
        "options.batch",
        "machine.linkBytesPerSec",
        "machine.energy.memoryBit.picojoules",
        "stages.strategy",
        "trace.store",
        "seed"
      ]),
      value: Schema.Int
    },
    ({ key, value }) => {
      const path = Result.getOrThrow(fieldPath("simulate", key, "x"))
      const before = document({ options: { steps: 2 } })
      const after = withValue(before, path, value)
      assert.strictEqual(valueAt(after, path), value)
      assert.strictEqual(fieldName(path), key)
      assert.deepStrictEqual(
        withValue(after, path, valueAt(before, path)),
        withValue(before, path, valueAt(before, path))
      )
    }
  )
})
