/** Ingestion holds no more than it may, whatever there is to read. */
import { afterAll, assert, beforeAll, it } from "vitest"
import { findModel, moeLayers, random, substream } from "@moira/core"
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import { inScratch, moiraCommand, removeScratch } from "./moira.ts"

afterAll(removeScratch)

const model = findModel("deepseek-v3")!
const [prefillTokens, decodeTokens] = [24, 128]
const files = 512

/** Requests of ordinary length as the study's data set writes them, 1.9 MB each: every one with a prompt of its own. */
const texts = (() => {
  const { below } = random(substream(1, "memory"))
  const row = () => {
    const ids = new Set<number>()
    while (ids.size < model.topK) ids.add(below(model.experts))
    return [...ids]
  }
  const moe = new Set(moeLayers(model))
  const step = (rows: number) =>
    Object.fromEntries(
      Array.from({ length: model.layers }, (_, layer) => [
        layer,
        moe.has(layer) ? Array.from({ length: rows }, row) : null
      ])
    )
  const written = (steps: ReadonlyArray<object>) => JSON.stringify(steps, undefined, 4).slice(1, -2)
  const decoded = written(Array.from({ length: decodeTokens }, () => step(1)))
  return () => `[${written([step(prefillTokens)])},${decoded}\n]`
})()

beforeAll(() => {
  const folder = inScratch("many", "mmlu", "all")
  fs.mkdirSync(folder, { recursive: true })
  for (let i = 0; i < files; i++) fs.writeFileSync(`${folder}/${i}.json`, texts())
}, 120_000)

/** The most memory that the command had resident, in MB. */
const residentMb = (...args: ReadonlyArray<string>): Promise<number> =>
  new Promise((resolve, reject) => {
    const [command, [...argv]] = moiraCommand(args)
    const tell = `process.on("exit", () => process.stderr.write(" resident " + process.resourceUsage().maxRSS))`
    const child = spawn(command, ["--import", `data:text/javascript,${encodeURIComponent(tell)}`, ...argv], {
      stdio: ["ignore", "ignore", "pipe"]
    })
    let stderr = ""
    child.stderr.on("data", (data) => (stderr += data))
    child.on("close", (code) => {
      const found = / resident (\d+)$/.exec(stderr)
      if (code === 0 && found !== null) resolve((Number(found[1]) * 1024) / 1e6)
      else reject(new Error(`${code}: ${stderr}`))
    })
  })

// From source a thread holds the compiler that strips its types too, which users' threads do not: some 10 MB each.
it.each([
  [2, 400],
  [4, 430]
])(
  "a gigabyte with %d workers",
  async (workers, mostMb) => {
    const args = ["ingest", inScratch("many"), "--model", model.id, "--out", inScratch(`${workers}.moira`)]
    const mb = await residentMb(...args, "--workers", String(workers), "-q")
    console.log(`${workers} workers: ${Math.round(mb)} MB resident at most`)
    assert.isBelow(mb, mostMb)
    assert.strictEqual(
      JSON.parse(fs.readFileSync(inScratch(`${workers}.moira`, "manifest.json"), "utf8")).counts.requests,
      files
    )
  },
  60_000
)
