/** Forecasts as users ask for them. */
import { afterAll, assert, it } from "vitest"
import { ForecastDocument } from "@moira/results"
import { Schema } from "effect"
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import { inScratch, moira, removeScratch } from "./moira.ts"

afterAll(removeScratch)

const store = inScratch("twin.moira")

it("forecast judges built-in predictors and one given by path, and reports them", async () => {
  const twin = ["--model", "mixtral-8x7b", "--requests", "20", "--prefill", "3", "--decode", "6", "--out", store]
  assert.strictEqual((await moira("synth", ...twin, "--quiet")).code, 0)
  const contract = fileURLToPath(import.meta.resolve("@moira/forecast"))
  const own = inScratch("own.mts")
  fs.writeFileSync(
    own,
    `import { heatmapPredictor } from ${JSON.stringify(contract)}
export default heatmapPredictor({ id: "own", title: "Own", description: "three", from: 2, rows: "product" })\n`
  )
  const args = ["forecast", store, "--predictors", `mixture,${own}`, "--top", "3", "--cache", "4", "--quiet"]
  const { code, stdout, stderr } = await moira(...args, "--out", inScratch("out"), "--json")
  assert.strictEqual(code, 0, stderr)
  const { forecast } = Schema.decodeUnknownSync(ForecastDocument)(JSON.parse(stdout))
  assert.deepStrictEqual(
    forecast.predictors.map(({ id }) => id),
    ["popularity", "mixture", "own"]
  )
  assert.deepStrictEqual(
    forecast.predictors[0]!.recall.map(({ n }) => n),
    [2, 3, 4]
  )
  assert.strictEqual(fs.readFileSync(inScratch("out", "forecast.json"), "utf8"), stdout)
  assert.isTrue(fs.existsSync(inScratch("out", "figures", "forecast-recall.svg")))
  const reported = await moira("report", inScratch("out", "forecast.json"), "--out", inScratch("again"))
  assert.strictEqual(reported.code, 0, reported.stderr)
})

it("an unknown predictor is one line that names those there are", async () => {
  const { code, stderr } = await moira("forecast", store, "--predictors", "cross-tokens")
  assert.strictEqual(code, 1)
  assert.match(stderr, /cross-tokens: unknown predictor.*hint: built in are cross-token, /)
})
