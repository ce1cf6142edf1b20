/** Stores and results that were changed, killed or cut: public reports 45 to 48, 50 and 51. */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import { afterAll, assert, describe, it } from "vitest"
import { ended, fresh, hasCases, inCase, ingested } from "./case.ts"
import { moira, moiraCommand, removeScratch } from "../moira.ts"

afterAll(removeScratch)

const simulate = (store: string, ...more: ReadonlyArray<string>) =>
  moira("simulate", store, "--machine", "dojo", "--strategy", "base", "--batch", "64", "--steps", "4", ...more)

/** A process of its own that loads a module first, as the reports did. */
const preloaded = (module: string, env: NodeJS.ProcessEnv, ...args: ReadonlyArray<string>) => {
  const [command, argv] = moiraCommand(args)
  return spawnSync(command, argv, {
    env: { ...process.env, NODE_OPTIONS: `--import=${module}`, ...env },
    encoding: "utf8"
  })
}

describe.skipIf(!hasCases)("stores that were changed", () => {
  it("45: a digit of the manifest", async () => {
    const { out } = await ingested(inCase("45-manifest-digit"))
    const file = `${out}/manifest.json`
    const text = fs.readFileSync(file, "utf8")
    fs.writeFileSync(file, text.replace(/"expertFfn": 2880/, '"expertFfn": 3880'))
    assert.notStrictEqual(fs.readFileSync(file, "utf8"), text)
    for (const outcome of [await moira("info", out), await simulate(out)])
      assert.match(ended(1, outcome).stderr, /manifest\.json.*changed/s)
  })

  it("46: the table of another store", async () => {
    const [a, b] = [await ingested(inCase("46-swapped-file", "a")), await ingested(inCase("46-swapped-file", "b"))]
    fs.copyFileSync(`${b.out}/selections.parquet`, `${a.out}/selections.parquet`)
    for (const outcome of [await moira("info", a.out), await moira("analyze", a.out, "--out", fresh("-o"))])
      assert.match(ended(1, outcome).stderr, /selections\.parquet.*(belong|another)/s)
  })

  it("47: a digit of a result", async () => {
    const { out } = await ingested(inCase("47-result-digit"))
    const result = fresh(".json")
    ended(0, await simulate(out, "--out", result))
    const text = fs.readFileSync(result, "utf8")
    fs.writeFileSync(result, text.replace(/("throughput_tokens_per_s": ?)/, "$19"))
    assert.notStrictEqual(fs.readFileSync(result, "utf8"), text)
    assert.match(ended(1, await moira("report", result, "--out", fresh("-r"))).stderr, /changed after/)
  })

  it("48: a page that unpacks to gigabytes", async () => {
    const store = inCase("48-page-bomb", "x.moira")
    const { stderr } = ended(1, await moira("forecast", store, "--predictors", "popularity"))
    assert.match(stderr, /selections\.parquet/)
  })

  it("50: a merge onto its own input, killed at every rename", async () => {
    const [a, b] = [await ingested(inCase("50-merge-killed", "a")), await ingested(inCase("50-merge-killed", "b"))]
    for (let n = 1; n <= 12; n++) {
      const copy = fresh(".moira")
      fs.cpSync(a.out, copy, { recursive: true })
      const module = inCase("50-merge-killed", "kill-at-rename.mjs")
      const run = preloaded(module, { KILL_AT_RENAME: `${n}` }, "merge", copy, b.out, "--out", copy)
      const { stdout } = ended(0, await moira("info", copy, "--json"))
      assert.include([1, 2], JSON.parse(stdout).requests, `rename ${n}`)
      if (run.signal !== "SIGKILL") return
    }
    assert.fail("the merge did not end")
  }, 120_000)

  it("51: a folder that cannot be flushed", () => {
    const run = preloaded(
      inCase("51-folder-flush", "failing-folder-flush.mjs"),
      {},
      "ingest",
      inCase("51-folder-flush", "r.json"),
      "--out",
      fresh(".moira")
    )
    assert.strictEqual(run.status, 1, run.stderr)
    assert.match(run.stderr, /EIO|i\/o error/)
  })
})
