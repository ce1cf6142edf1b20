/** Damaged configurations: each is read as what it says, or refused with what is wrong; none takes long. */
import { assert, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { type Config, isConfig, valueAt } from "../src/config/lookup.ts"
import { parseConfig } from "../src/config/parse.ts"
import { looksLikeConfig, readConfig } from "../src/config/read-config.ts"
import { Model } from "../src/model.ts"
import { type Random, random } from "../src/random.ts"
import { configs } from "./configs.ts"

const decode = Schema.decodeUnknownResult(Model, { onExcessProperty: "error" })
const values: ReadonlyArray<unknown> = [
  null,
  -1,
  0,
  1,
  1.5,
  4097,
  2 ** 31,
  1e300,
  "",
  "8",
  "MEM*E",
  true,
  [],
  {},
  [0, 1, 1],
  [[1]],
  [8, "8"],
  "0,1,x",
  Array.from({ length: 5000 }, (_, i) => i)
]

/** Some fields changed, removed, renamed or put elsewhere. */
const changed = (config: Config, { below }: Random): Config => {
  const out: Record<string, unknown> = structuredClone(config) as Record<string, unknown>
  for (let n = 1 + below(3); n > 0; n--) {
    const inner = out["text_config"]
    const at = isConfig(inner) && below(3) > 0 ? (inner as Record<string, unknown>) : out
    const keys = Object.keys(at)
    const key = keys[below(keys.length)]
    if (key === undefined) continue
    const what = below(4)
    if (what === 0) delete at[key]
    else if (what === 1) out[`${key}x`.slice(0, 1 + below(key.length + 1))] = at[key]
    else at[key] = values[below(values.length)]
  }
  return out
}

/** A byte of the text turned to another. */
const bent = (text: string, { below }: Random): string => {
  const at = below(text.length)
  return text.slice(0, at) + String.fromCharCode(32 + below(95)) + text.slice(at + 1)
}

/** The number that a path of the configuration has, one for all layers. */
const plainNumber = (config: Config, from: string): unknown => {
  const value = valueAt(config, from)
  return Array.isArray(value) ? value[0] : value
}

const numbers = new Set(["hidden", "experts", "topK", "expertFfn"])

const judge = (config: unknown): "read" | "refused" | "other" => {
  if (!looksLikeConfig(config)) return "other"
  const read = readConfig(config, "acme/damaged")
  if ("faults" in read) {
    assert.isAbove(read.faults.length, 0)
    for (const fault of read.faults) assert.isTrue(fault.length > 0 && fault.length < 2000, fault)
    return "refused"
  }
  for (const { fact, from, value, assumed } of read.taken)
    if (numbers.has(fact) && !assumed) assert.strictEqual(value, String(plainNumber(config, from)), fact)
  return Result.isSuccess(decode(read.model)) ? "read" : "refused"
}

it("10,000 damaged configurations", () => {
  const draws = random(13)
  const all = Object.values(configs) as ReadonlyArray<Config>
  const seen = { read: 0, refused: 0, other: 0, noJson: 0 }
  let slowest = 0
  for (let i = 0; i < 10_000; i++) {
    const config = all[draws.below(all.length)]!
    const began = performance.now()
    try {
      const damaged = i % 2 === 0 ? changed(config, draws) : parseConfig(bent(JSON.stringify(config), draws))
      seen[judge(damaged)]++
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      seen.noJson++
    }
    slowest = Math.max(slowest, performance.now() - began)
  }
  assert.isBelow(slowest, 1000)
  assert.isTrue(seen.read > 500 && seen.refused > 500 && seen.noJson > 100, JSON.stringify(seen))
})

it("texts of a million letters cost nothing", () => {
  const config = { ...configs["nemotron-3-nano"], hybrid_override_pattern: "ME".repeat(500_000) } as Config
  const began = performance.now()
  assert.strictEqual(judge(config), "refused")
  assert.strictEqual(judge({ ...configs["qwen3-30b"], moe_layers_enum: "1,".repeat(500_000) }), "refused")
  assert.isBelow(performance.now() - began, 1000)
})
