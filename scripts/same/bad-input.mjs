/** Calls that moira refuses: what it says, with its hint and its exit code, is as much a promise as what it writes. */
const layers = (rows) =>
  `{${Array.from({ length: 48 }, (_, layer) => `"${layer}":${layer % 2 === 0 ? "null" : rows(layer)}`).join(",")}}`
const good = `[${layers(() => "[[1],[2]]")},${layers(() => "[[3]]")}]`

const twin = "synth/few/twin.moira"
const maverick = "synth/llama4-maverick/twin.moira"
const ingest = "ingest @/in --model llama4 --out @/store.moira"
const simulate = `simulate ${maverick}`
const onDojo = `${simulate} --machine dojo`
const place = `place ${twin} --machine dgx-h100 --units 4 --out @/out`

/** Name to the call and to the files that it reads. */
const calls = {
  "missing-path": ["ingest @/in/nowhere --out @/store.moira"],
  "empty-folder": [ingest, { "readme.txt": "no trace here" }],
  malformed: [ingest, { "0.json": good.replace("[[1],[2]]", "[[1],[x]]") }],
  truncated: [ingest, { "0.json": good.slice(0, 300) }],
  "out-of-range": [ingest, { "0.json": good.replace("[[1],[2]]", "[[1],[128]]") }],
  ragged: [ingest, { "0.json": good.replace("[[1],[2]]", "[[1],[2,3]]") }],
  "unknown-content": ["ingest @/in --out @/store.moira", { "0.json": '{"x": 1}' }],
  "unknown-format": [`${ingest} --format xml`, { "0.json": good }],
  "over-a-folder": ["ingest @/in --model llama4 --out @/in", { "0.json": good }],
  "missing-flag": ["ingest @/in", { "0.json": good }],
  "unknown-model": ["synth --model lama --out @/store.moira"],
  "model-file": ["synth --model @/in/model.json --out @/store.moira", { "model.json": '{"id": "x"}' }],
  "missing-store": ["info @/none.moira"],
  "no-store": ["info @/in", { "readme.txt": "no store here" }],
  "store-of-tomorrow": ["info @/in", { "manifest.json": '{"schema": "moira-store", "version": 99}' }],
  "damaged-store": [
    "analyze @/in --out @/out",
    { "manifest.json": '{"schema": "moira-store", "version": 1}', "requests.parquet": "", "selections.parquet": "" }
  ],
  "models-apart": [`merge ${twin} ${maverick} --out @/all.moira`],
  "unknown-machine": [`${simulate} --machine dojjo`],
  "unknown-strategy": [`${onDojo} --strategy alo`],
  "unknown-network": [`${onDojo} --network flo`],
  "unknown-allocator": [`${onDojo} --allocator evn`],
  "missing-backend": [`${onDojo} --backend ./nope.ts`],
  "no-plug-in": [`${onDojo} --strategy ./bad/no-plug-in/in/none.mjs`, { "none.mjs": "export default 1" }],
  "plug-in-that-throws": [
    `${onDojo} --network ./bad/plug-in-that-throws/in/throws.mjs`,
    { "throws.mjs": 'throw new Error("not today")' }
  ],
  "broken-spec": [`${simulate} --machine @/in/spec.json --backend wafer`, { "spec.json": "{" }],
  "unknown-routing": [`${onDojo} --set routing=west-first`],
  "unknown-part": [`${onDojo} --set colums=4`],
  "mesh-apart": [`${onDojo} --set deadLinks=[[[0,0],[1,0]],[[0,0],[0,1]]]`],
  "no-room": [`${onDojo} --set hbmBytes=1e9`],
  "cache-flags": [`${onDojo} --cache 25%`],
  "wafer-flags": [`${simulate} --machine offload-pcie5 --warm-up 1`],
  units: [`${simulate} --machine dgx-h100 --units 13`],
  "batch-of-words": [`${onDojo} --batch many`],
  "batch-of-nothing": [`${onDojo} --batch 0`],
  "unknown-optimizer": [`${place} --optimizer eplbb`],
  "milp-too-large": [`place ${maverick} --machine dgx-h100 --units 16 --optimizer milp --out @/out`],
  "copies-without-ranks": [`${place} --slots 1 --optimizer dup --export vllm-ranks`],
  "unknown-form": [`${place} --optimizer dup --export sglag`],
  "bad-present": [`${place} --optimizer dup --present @/in/present.json`, { "present.json": "[1]" }],
  "unknown-predictor": [`forecast ${twin} --predictors popularty --out @/out`],
  "unknown-experiment": ["reproduce fig99 --out @/out"],
  "no-result": ["report @/in/spec.json --out @/out", { "spec.json": "{" }],
  "unknown-result": ["report @/in/x.json --out @/out", { "x.json": '{"schema": "moira-dream/1"}' }],
  "unknown-reporter": ["report forecast/mixtral-8x7b/out/forecast.json --format pdf --out @/out"],
  "traces-for-counts": ["insights counts/mixtral-8x7b/store.counts"],
  "unknown-command": ["ingst"]
}

/** Any of these may be read. */
const needs = ["synth/few", "synth/llama4-maverick", "counts/mixtral-8x7b", "forecast/mixtral-8x7b"]

export const badInputCases = Object.entries(calls).map(([name, [args, files = {}]]) => ({
  name: `bad/${name}`,
  calls: [args],
  files,
  needs,
  fails: true
}))
