import {
  type CountsManifest,
  type Manifest,
  type OverviewLoad,
  overviewLoads,
  traceWarnings,
  zeroChoices
} from "@moira/trace"
import { isCountsStore, openCounts, openOverview, openStore } from "@moira/trace/node"
import { formatBytes, version } from "@moira/core"
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import * as fs from "node:fs"
import * as path from "node:path"
import { listed } from "../command.ts"
import { countsText } from "../terminal/counts-text.ts"
import { print, printJson } from "../terminal/output.ts"
import { infoText, loadsText } from "../terminal/info-text.ts"
import { common } from "../flags/shared.ts"

const sizeOf = (store: string): number =>
  fs.readdirSync(store).reduce((sum, file) => sum + fs.statSync(path.join(store, file)).size, 0)

/** What a model with zero experts has to tell beside the others. */
const zeroFacts = (manifest: Pick<Manifest, "counts" | "layers" | "model">) => {
  const zero = zeroChoices(manifest)
  return zero === undefined
    ? {}
    : { zeroExperts: manifest.model.zeroExperts, zeroShare: zero.share, expertsPerToken: zero.expertsPerToken }
}

const infoJson = (
  store: string,
  bytes: number,
  { model, moira, ...manifest }: Manifest,
  loads: ReadonlyArray<OverviewLoad>
) => ({
  schema: "moira-info/1",
  moira: version,
  store,
  model: model.id,
  title: model.title,
  moeLayers: manifest.layers.length,
  layers: manifest.layers,
  experts: model.experts,
  topK: model.topK,
  ...zeroFacts({ ...manifest, model }),
  ...manifest.counts,
  groups: manifest.groups,
  loads,
  remarks: manifest.remarks,
  warnings: traceWarnings({ model, ...manifest }),
  bytes,
  origin: manifest.origin,
  contentSha256: manifest.contentSha256,
  storedBy: moira
})

const countsJson = (store: string, bytes: number, { moira, ...manifest }: CountsManifest) => ({
  ...manifest,
  schema: "moira-info/1",
  moira: version,
  holds: "counts",
  store,
  bytes,
  storedBy: moira
})

/** A store of counts instead of tokens: its table is checked, but not decoded. */
const countsInfo = Effect.fnUntraced(function* (store: string, json: boolean) {
  const { manifest } = yield* openCounts(store)
  const bytes = sizeOf(store)
  yield* json
    ? printJson(countsJson(store, bytes, manifest))
    : print(`${countsText(manifest)}\n\n${formatBytes(bytes)} in ${store}`)
})

const storeInfo = Effect.fnUntraced(function* (store: string, json: boolean) {
  const { manifest } = yield* openStore(store)
  const loads = overviewLoads(yield* openOverview(store, manifest), manifest.model.experts)
  const bytes = sizeOf(store)
  yield* json
    ? printJson(infoJson(store, bytes, manifest, loads))
    : print(`${infoText(manifest)}\n\n${loadsText(loads)}\n\n${formatBytes(bytes)} in ${store}`)
}, Effect.scoped)

export default Command.make(
  "info",
  { store: Argument.String("store").pipe(Argument.withDescription("directory of a store")), ...common },
  Effect.fnUntraced(function* ({ store, json }) {
    yield* isCountsStore(store) ? countsInfo(store, json) : storeInfo(store, json)
  })
).pipe(Command.withDescription("Say what a store holds"), listed(5))
