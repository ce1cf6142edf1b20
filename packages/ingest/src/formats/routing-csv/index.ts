/** CSV with a header that names layer, expert and token, and perhaps phase, rank and request, one line a selection. */
import { Effect } from "effect"
import decode from "./decoder.ts"
import { defineFormat } from "../../parts/define-format.ts"
import { inFillOrder, labelFile, type LabelledFile } from "../../parts/layout.ts"
import { listFiles } from "../../parts/list-files.ts"
import { modelFor, type SeenShape } from "../../parts/model-by-shape.ts"
import type { ReadOptions, Recognition, TraceSample } from "../../source.ts"
import { headerOf, selectionsOf } from "./lines.ts"

const endings = [".csv"]

const recognises = ({ bytes }: TraceSample): Recognition => {
  const [line, more] = Buffer.from(bytes.subarray(0, 4096)).toString("latin1").split("\n")
  if (more !== undefined && headerOf(line!) !== undefined) return { matches: true }
  const near = /layer/i.test(line!) && /expert/i.test(line!) && line!.split(",").length > 2 ? { near: 0.7 } : {}
  return { matches: false, why: "its first line does not name the columns layer, expert and token", ...near }
}

/** Layers, ids and choices a row, of as many lines as are looked at. */
const maxLooks = 1_000_000

const look = (file: LabelledFile): SeenShape => {
  const lines = selectionsOf(file.path)
  try {
    const layers = new Set<number>()
    const ids: Array<number> = []
    const row = new Map<string, number>()
    let topK = 0
    for (let i = 0; i < maxLooks; i++) {
      const next = lines.next()
      if (next.done === true) break
      const { layer, token, phase, request, expert } = next.value
      layers.add(layer)
      ids.push(expert)
      // Choices of the first token that is seen: later ones may begin anew under the same number.
      const key = `${request} ${phase} ${token} ${layer}`
      row.set(key, (row.get(key) ?? 0) + 1)
      if (row.size === 1) topK = row.get(key)!
    }
    return { layerNumbers: [...layers].toSorted((a, b) => a - b), topK, ids }
  } finally {
    lines.return(undefined)
  }
}

const list = Effect.fn("ingest.routingCsv.list")(function* (paths: ReadonlyArray<string>, options: ReadOptions) {
  const listed = yield* listFiles(paths, endings)
  const files = listed.map(labelFile).toSorted(inFillOrder)
  const model = yield* modelFor(files, options.model, () => look(files[0]!))
  return { model, files }
})

export default defineFormat({
  id: "routing-csv",
  title: "CSV of selections with a header (layer, expert, token; also phase, rank, request in any order)",
  endings,
  recognises,
  list,
  decode,
  decoder: import.meta.resolve("@moira/ingest/formats/routing-csv/decoder")
})
