/** What is run. A case has a name, calls of moira, files that it reads, and the cases whose outputs it reads. */
import { badInputCases } from "./bad-input.mjs"
import { ingestCases } from "./fixtures.mjs"
import { counts } from "./models.mjs"
import { placeCases } from "./place.mjs"
import { simulateCases } from "./simulate.mjs"

const store = (name) => `synth/${name}/twin.moira`
const one = (name, call, rest = {}) => ({ name, calls: [call], ...rest })
const ofTwin = (name, call, twin, rest) => one(name, call, { needs: [`synth/${twin}`], ...rest })
const threaded = true

/** Twins of a few experts a token and of one, with and without shared experts, of 8 to 128 experts. */
const twins = ["mixtral-8x7b", "gpt-oss-20b", "llama4-maverick", "deepseek-v2-lite"]

const synth = (name, model, flags = "") =>
  one(
    `synth/${name}`,
    `synth --model ${model} --requests 16 --prefill 12 --decode 8 --seed 7 --out @/twin.moira${flags}`
  )

const synthCases = [
  ...twins.map((name) => synth(name, name)),
  ...["few", "grouped"].map((name) => synth(name, `models/${name}.json`)),
  synth("deepseek-v3", "deepseek-v3", " --json --quiet"),
  synth("few-zh", "models/few.json", " --language zh")
]

const countsOf = (model, files) =>
  one(`counts/${model}`, `ingest @/in --model ${model} --out @/store.counts`, { files, threaded })
const countsCases = [
  countsOf("mixtral-8x7b", { "prefill_a.json": counts(32, 8, 1), "decode_a.json": counts(32, 8, 2, 6) }),
  countsOf("gpt-oss-20b", { "run.json": counts(24, 32, 3, 4) })
]
const ofCounts = (prefix, call, rest) =>
  ["mixtral-8x7b", "gpt-oss-20b"].map((name) =>
    one(`${prefix}${name}`, call(`counts/${name}/store.counts`), { needs: [`counts/${name}`], ...rest })
  )

const storeCases = [
  one("merge/few", `merge ${store("few")} ${store("few-zh")} --out @/all.moira`, {
    needs: ["synth/few", "synth/few-zh"]
  }),
  ...[...twins, "deepseek-v3"].map((name) => ofTwin(`info/${name}`, `info ${store(name)} --json`, name)),
  ...ofCounts("info/counts-", (counted) => `info ${counted} --json`),
  ...ofCounts("info/text-", (counted) => `info ${counted}`)
]

const advised = "--machine dgx-h200 --units 8 --batch 64,1024 --slots 1 --steps 2"

const analysisCases = [
  ...[...twins, "grouped"].map((name) =>
    ofTwin(`analyze/${name}`, `analyze ${store(name)} --out @/out --seed 3`, name, { threaded })
  ),
  ofTwin("analyze/matrices", `analyze ${store("few")} --only temporal --matrices @/npy --json`, "few", { threaded }),
  ...ofCounts("analyze/counts-", (counted) => `analyze ${counted} --out @/out`, { threaded }),
  ...twins.map((name) => ofTwin(`insights/${name}`, `insights ${store(name)} --out @/out`, name, { threaded })),
  ...twins.map((name) => ofTwin(`advise/${name}`, `advise ${store(name)} ${advised} --out @/out`, name)),
  one("advise/counts-mixtral-8x7b", `advise counts/mixtral-8x7b/store.counts ${advised} --out @/out`, {
    needs: ["counts/mixtral-8x7b"]
  }),
  ...twins.map((name) => ofTwin(`forecast/${name}`, `forecast ${store(name)} --out @/out`, name))
]

const results = {
  "analyze/deepseek-v2-lite": "out/analysis.json",
  "analyze/llama4-maverick": "out/analysis.json",
  "analyze/counts-mixtral-8x7b": "out/analysis.json",
  "forecast/gpt-oss-20b": "out/forecast.json",
  "place/copies": "out/place.json",
  "simulate/bottleneck": "out/simulation.json",
  "simulate/gpus": "out/simulation.json",
  "simulate/offload": "out/offload.json"
}
/** Reported alone, and not among all. */
const alone = {
  "advise/deepseek-v2-lite": "out/advice.json",
  "insights/deepseek-v2-lite": "out/insights.json",
  "reproduce/study": "out/reproduction.json"
}
const report = (documents) => `report ${documents.join(" ")} --format html,md,csv,svg --out @/out`
const documents = Object.entries(results).map(([name, file]) => `${name}/${file}`)
const reportCases = [
  ...Object.entries({ ...results, ...alone }).map(([name, file]) =>
    one(`report/${name.replace("/", "-")}`, `${report([`${name}/${file}`])} --json`, { needs: [name] })
  ),
  one("report/all", report(documents), { needs: Object.keys(results) })
]

const reproduceCases = [
  ofTwin(
    "reproduce/study",
    "reproduce fig4 fig12 table2 --model llama4-maverick --requests 16 --prefill 8 --decode 6 --steps 1" +
      ` --traces ${store("llama4-maverick")} --html --out @/out`,
    "llama4-maverick",
    { threaded }
  )
]

const commands =
  "fetch ingest synth merge info analyze insights advise forecast place simulate offload reproduce report demo".split(
    " "
  )
const helpCases = [
  one("help/moira", "--help"),
  ...commands.map((command) => one(`help/${command}`, `${command} --help`))
]

/** Slow ones first: less waiting at the end. */
export const cases = [
  ...synthCases,
  ...reproduceCases,
  ...placeCases,
  ...analysisCases,
  ...simulateCases,
  ...countsCases,
  ...storeCases,
  ...reportCases,
  ...ingestCases,
  ...badInputCases,
  ...helpCases
]
