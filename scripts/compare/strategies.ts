// All strategies by the same rules, on the four twins and on real stores, wafers and clusters: what docs/results/comparison.md holds.
//   node --conditions=@moira/source scripts/compare/strategies.ts --out FOLDER [--store NAME=STORE]... [--workers N] > docs/results/comparison.md
// Twins are made in FOLDER, and every sweep is kept there as JSON, so that a run that is stopped goes on where it was.
import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { page } from "./page.ts"
import { batches, models, places, type Run, steps, sweeps } from "./plan.ts"

const { values } = parseArgs({
  options: {
    out: { type: "string" },
    store: { type: "string", multiple: true, default: [] },
    workers: { type: "string", default: "2" }
  }
})
const out = values.out
if (out === undefined) throw new Error("--out FOLDER: where twins and sweeps are kept")
mkdirSync(out, { recursive: true })

const moira = (...args: ReadonlyArray<string>): string =>
  execFileSync(process.execPath, [join(import.meta.dirname, "../../packages/cli/dist/bin.js"), ...args, "--quiet"], {
    encoding: "utf8",
    maxBuffer: 2 ** 30,
    stdio: ["ignore", "pipe", "inherit"]
  })

const twin = (model: string): string => {
  const store = join(out, `${model}.moira`)
  if (!existsSync(store))
    moira("synth", ..."--requests 256 --prefill 24 --decode 48 --seed 1".split(" "), "--model", model, "--out", store)
  return store
}

const stores = [
  ...models.map((model) => [`${model} (twin)`, twin(model)] as const),
  ...values.store.map((given) => {
    const at = given.indexOf("=")
    return [given.slice(0, at), given.slice(at + 1)] as const
  })
]

const runs: Array<Run> = []
for (const [trace, store] of stores) {
  for (const { machine, network, flags } of places) {
    for (const { id, strategies, copies } of sweeps) {
      const file = join(out, `${trace.replaceAll(/[^a-z0-9.-]+/gi, "-")}-${machine}-${id}.json`)
      if (!existsSync(file)) {
        const limit = copies === undefined ? [] : ["--copies", String(copies)]
        const asked = ["--machine", machine, "--network", network, ...flags, "--strategy", strategies.join(",")]
        const size = ["--batch", batches.join(","), "--steps", String(steps), "--workers", values.workers, ...limit]
        try {
          writeFileSync(file, moira("simulate", store, ...asked, ...size, "--json"))
        } catch {
          // Told on stderr, such as a model that does not fit: missing in the tables, and tried again next time.
          console.error(`${file}: left out`)
          continue
        }
        console.error(file)
      }
      const document = JSON.parse(readFileSync(file, "utf8")) as {
        readonly runs: ReadonlyArray<Omit<Run, "trace" | "copies">>
      }
      for (const run of document.runs) runs.push({ ...run, trace, copies })
    }
  }
}
process.stdout.write(page(runs))
