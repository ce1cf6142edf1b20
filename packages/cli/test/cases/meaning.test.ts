/** What tokens are and what follows from it: public reports 01 to 04, 12, 23 to 25, 27, 35, 62, 64 and 65. */
import { afterAll, assert, describe, it } from "vitest"
import { answer, ended, fresh, hasCases, inCase, ingested, tokensOf } from "./case.ts"
import { moira, removeScratch } from "../moira.ts"

afterAll(removeScratch)

const speed = (run: any): number => {
  const found: Array<number> = []
  JSON.stringify(run, (key, value) => {
    if (/throughput_?tokens_?per_?s(ec)?/i.test(key) && typeof value === "number") found.push(value)
    return value
  })
  assert.isNotEmpty(found)
  return found[0]!
}

describe.skipIf(!hasCases)("tokens that were not recorded", () => {
  it.each([
    ["dgx-h100", ["--batch", "16"]],
    ["dojo", ["--batch", "64", "--strategy", "base,ep"]],
    ["offload-pcie5", ["--strategy", "lru", "--cache", "25%"]]
  ] as const)("01: holes are no free work on %s", async (machine, flags) => {
    const run = async (part: string) => {
      const { out } = await ingested(inCase("01-decode-holes", part))
      const { code, stdout, stderr } = await moira("simulate", out, "--machine", machine, ...flags, "--json")
      assert.strictEqual(code, 0, stderr)
      return { document: JSON.parse(stdout), told: `${stdout}${stderr}` }
    }
    const [holes, without] = [await run("holes"), await run("without")]
    assert.approximately(speed(holes.document) / speed(without.document), 1, 1e-9)
    assert.match(holes.told, /80 of (the )?320/)
    assert.notMatch(without.told, /80 of (the )?320/)
  })

  it("62: holes in prompts leave decoding alone", async () => {
    const of = async (part: string) => {
      const stored = await ingested(inCase("62-prompt-holes", part))
      const run = await answer("simulate", stored.out, "--machine", "dgx-h100", "--batch", "8", "--strategy", "ep")
      return { stored, speed: speed(run) }
    }
    const [holes, full] = [await of("holes"), await of("full")]
    assert.strictEqual(holes.speed, full.speed)
    assert.strictEqual(holes.stored.json.counts.missingIds, 4608)
  })
})

describe.skipIf(!hasCases)("tokens that several requests share", () => {
  it("02: a conversation's prefix is computed once", async () => {
    const stored = await ingested(inCase("02-conversation-load", "r.jsonl"))
    assert.deepStrictEqual(tokensOf(stored), [624, 270])
    assert.match(stored.told, /repeat|equal|once/)
    for (const phase of ["both", "prefill"]) {
      const { advice } = await answer(
        "advise",
        stored.out,
        "--units",
        "4",
        "--phase",
        phase,
        "--batch",
        "64",
        "--steps",
        "4"
      )
      assert.approximately(advice.balance.options[0].imbalance, 1.6, 0.12, phase)
    }
  })

  const nothingToFind = (temporal: any, popularity: number) => {
    for (const relation of [temporal.crossLayer, temporal.crossToken]) {
      assert.isAtMost(relation.mean.heldOut, relation.mean.popularity + 0.003)
      assert.approximately(relation.mean.popularity, popularity, 0.015)
    }
    const drift = temporal.requestDrift?.mean?.pValue
    assert.isTrue(drift === undefined || drift === null || drift > 0.05, `${drift}`)
  }

  const analysed = async (name: string, part: string) => {
    const stored = await ingested(inCase(name, part), "--model", inCase(name, "model.json"))
    return { stored, document: await answer("analyze", stored.out, "--out", fresh("-analysis")) }
  }

  it("03: turns of a conversation belong to one half", async () => {
    const { stored, document } = await analysed("03-conversation-leak", "conversations")
    assert.strictEqual(stored.json.counts.independentUnits, 8)
    nothingToFind(document.temporal, 0.591)
  })

  it("04: samples of a prompt belong to one half, and the prompt counts once", async () => {
    const { stored, document } = await analysed("04-sample-groups", "groups")
    assert.strictEqual(tokensOf(stored)[0], 360)
    nothingToFind(document.temporal, 0.595)
    const [groups, model] = [inCase("04-sample-groups", "groups"), inCase("04-sample-groups", "model.json")]
    const kept = await ingested(groups, "--model", model, "--repeats", "keep")
    assert.deepStrictEqual([tokensOf(kept)[0], kept.json.counts.independentUnits], [2880, 6])
  })
})

describe.skipIf(!hasCases)("recorder faults", () => {
  /** What is told, without the names of the folders that the inputs lie in. */
  const without = (told: string): string => told.replaceAll(/\d\d-[a-z-]+/g, "")

  it("24: a strided view read as contiguous is named, and the right file passes", async () => {
    const bug = await moira(
      "ingest",
      inCase("24-strided-view", "bug"),
      "--model",
      "gpt-oss-20b",
      "--out",
      fresh(".moira")
    )
    assert.match(without(`${bug.stdout}${bug.stderr}`), /strided|contiguous/)
    const right = await ingested(inCase("24-strided-view", "right"), "--model", "gpt-oss-20b")
    assert.notMatch(without(right.told), /strided|contiguous/)
  })

  it("25: a stale buffer is named", async () => {
    const { stdout, stderr } = await moira("ingest", inCase("25-stale-buffer"), "--out", fresh(".moira"))
    assert.match(without(`${stdout}${stderr}`), /warning: .*stale/)
  })

  it("27: a row that is partly missing is told with its place", async () => {
    const { code, stdout, stderr } = await moira("ingest", inCase("27-half-missing-row"), "--out", fresh(".moira"))
    assert.strictEqual(code, 0)
    assert.match(`${stdout}${stderr}`, /warning: a row is partly missing.*layer 3, token 9/s)
  })
})

describe.skipIf(!hasCases)("placement", () => {
  const place = (name: string, units: number, ...more: ReadonlyArray<string>) =>
    moira("place", inCase(name, "counts.json"), "--machine", "dgx-h100", "--units", `${units}`, ...more)
  const lite = ["--model", "deepseek-v2-lite", "--optimizer", "eplb", "--json"]

  it("12: rows of dense layers mean nothing", async () => {
    for (const present of ["present.json", "present-zero-load.json"]) {
      const more = ["--redundant", "8", "--present", inCase("12-present-map-dense-rows", present)]
      const { stdout } = ended(0, await place("12-present-map-dense-rows", 8, ...lite, ...more))
      assert.strictEqual(JSON.parse(stdout).place.layers.length, 26)
    }
  })

  it("23: one unit", async () => {
    const { code, stdout, stderr } = await place("23-one-unit", 1, ...lite)
    assert.strictEqual(code, 0, stderr)
    assert.isNotEmpty(JSON.parse(stdout).place.layouts)
  })

  it("35: 256 units", async () => {
    const model = ["--model", inCase("35-many-units", "model.json")]
    const more = [...model, "--slots", "1", "--optimizer", "eplb", "--json", "--out", fresh("-placed")]
    const { place: placed } = JSON.parse(ended(0, await place("35-many-units", 256, ...more)).stdout)
    assert.deepStrictEqual([placed.units, placed.layouts.at(-1).slotsPerUnit], [256, 2])
  })

  it("64: slots that do not divide", async () => {
    const model = ["--model", inCase("64-slots-that-divide", "model.json")]
    const { stderr } = ended(
      1,
      await place("64-slots-that-divide", 72, ...model, "--redundant", "30", "--optimizer", "eplb")
    )
    assert.match(stderr, /414.*72/s)
    assert.match(stderr, /48/)
  })

  it("65: copies lie on units of their own", async () => {
    const model = ["--model", inCase("65-no-two-copies-on-a-unit", "model.json")]
    const more = [...model, "--redundant", "32", "--optimizer", "eplb,moira", "--json"]
    const { place: placed } = JSON.parse(ended(0, await place("65-no-two-copies-on-a-unit", 32, ...more)).stdout)
    const [eplb, moiras] = ["eplb", "moira"].map((name) => placed.layouts.find((each: any) => each.optimizer === name))
    assert.deepStrictEqual([moiras.slotsPerUnit, moiras.copiesSharingUnit], [9, 0])
    assert.isAbove(moiras.inSample.balances.sglang, eplb.inSample.balances.sglang)
  })
})
