/**
 * Counts as a JSON object by layer, `{"0": [counts], ...}` or `{"0": {"expert": count, ...}, ...}`, alone or under a key
 * such as `expert_counts`, as statistics endpoints of engines give them.
 */
import { JsonCursor } from "../codecs/json/cursor.ts"
import type { CountsSource } from "../counts-source.ts"
import { ContentFault } from "../fault/content-fault.ts"
import { type CountsArray, raggedHint, readLoad } from "./parts/json-scan.ts"
import { maxNumber, SparseTable } from "./parts/sparse-table.ts"
import { oneFileEach } from "./parts/workloads.ts"

const endings = [".json"]

/** Keys that are layers: `3`, `layer_3`, `layers.3`, `model.layers.3.mlp`. */
const layerKey = /^(?:(?:[\w.]{0,40}\.)?layers?[_.]?)?(\d{1,5})(?:\.[\w.]{1,40})?$/
/** What their values look like: a list of numbers, or an object of experts with numbers. */
const rowStart = /^\s*(?:\[\s*[-\dN]|\{\s*"\d{1,5}"\s*:\s*[-\dN])/

const isRow = ({ bytes, at }: JsonCursor): boolean =>
  rowStart.test(Buffer.from(bytes.buffer, bytes.byteOffset + at, Math.min(64, bytes.length - at)).toString("latin1"))

/** Objects around a table, as of a response and its data. */
const maxDepth = 3

/** The tables that an object holds: one for each key that has layers below it, and its own under the name "". */
class Tables {
  readonly found = new Map<string, { readonly table: SparseTable; width: number | undefined }>()
  /** By table: where a layer stands whose value is no row. */
  readonly odd = new Map<string, number>()
  experts = 0

  /** The row of one layer. */
  #row(cursor: JsonCursor, name: string, layer: number): void {
    const at = cursor.at
    let entry = this.found.get(name)
    if (entry === undefined) this.found.set(name, (entry = { table: new SparseTable(), width: undefined }))
    const { table } = entry
    const put = (expert: number) => {
      if (expert > maxNumber)
        throw cursor.fault("OutOfRange", `expert ${expert}, where numbers up to ${maxNumber} are read`)
      if (!table.add(layer, expert, readLoad(cursor)))
        throw cursor.faultAt("Malformed", at, `layer ${layer}, expert ${expert} comes twice`)
    }
    if (cursor.kind() === "object") {
      cursor.object((key) => {
        if (!/^\d{1,5}$/.test(key)) throw cursor.fault("Malformed", "a key that is no number of an expert")
        cursor.kind()
        put(Number(key))
      })
      return
    }
    const width = cursor.list((expert) => {
      if (cursor.kind() !== "number") throw cursor.fault("Malformed", `a ${cursor.kind()} where a count belongs`)
      put(expert)
    })
    entry.width ??= width
    if (entry.width !== width)
      throw cursor.faultAt("Ragged", at, `layer ${layer} has ${width} experts, the others ${entry.width}`, raggedHint)
  }

  /** Walks one object; `name` is its keys from the outside in, "" for the whole file. */
  read(cursor: JsonCursor, name: string, depth = 0): void {
    cursor.object((key) => {
      const kind = cursor.kind()
      const layer = layerKey.exec(key)?.[1]
      if (layer !== undefined && isRow(cursor)) this.#row(cursor, name, Number(layer))
      else if (depth < maxDepth && kind === "object" && layer === undefined)
        this.read(cursor, name === "" ? key : `${name}.${key}`, depth + 1)
      else if (layer !== undefined) {
        if (!this.odd.has(name)) this.odd.set(name, cursor.at)
        cursor.skip()
      } else if (kind === "number" && /^num_(?:logical_)?experts$/.test(key)) this.experts = cursor.count()
      else cursor.skip()
    })
  }
}

/** The one table that is meant: the only one, or the one that is named as counts. */
const chosen = ({ found }: Tables): string => {
  const names = [...found.keys()]
  const [only, more] = names
  if (only === undefined)
    throw new ContentFault("WrongShape", "byte 0", "no key that is a layer with counts of experts")
  if (more === undefined) return only
  const counts = names.filter((name) => /counts?$|loads?$/.test(name))
  if (counts.length === 1) return counts[0]!
  throw new ContentFault(
    "WrongShape",
    "byte 0",
    `holds several tables by layer: ${names.map((name) => (name === "" ? "its own keys" : JSON.stringify(name.slice(0, 40)))).join(", ")}`,
    "keep the one that is meant, or give each a file of its own"
  )
}

const decode = (bytes: Uint8Array): CountsArray => {
  const cursor = new JsonCursor(bytes)
  const tables = new Tables()
  tables.read(cursor, "")
  cursor.finish()
  const name = chosen(tables)
  const odd = tables.odd.get(name)
  if (odd !== undefined)
    throw new ContentFault("Malformed", `byte ${odd}`, "the value of a layer is neither a list nor an object of counts")
  const { table, width } = tables.found.get(name)!
  const { experts } = tables
  if (experts > maxNumber)
    throw new ContentFault("OutOfRange", "entry 0", `${experts} experts are more than any model has`)
  const array = table.finish(Math.max(width ?? 0, experts))
  if (experts > 0 && array.shape[1] !== experts)
    throw new ContentFault(
      "Ragged",
      "entry 0",
      `counts of ${array.shape[1]} experts, where the file says ${experts}`,
      raggedHint
    )
  return array
}

const countsJson: CountsSource = {
  contract: "counts-format/v1",
  counts: true,
  id: "counts-json",
  title: "expert counts by layer, JSON {layer: [counts]} or {layer: {expert: count}}, alone or under a key",
  endings,
  recognises: ({ bytes }) => {
    const text = Buffer.from(bytes).toString("latin1")
    const row =
      /"(?:(?:[\w.]{0,40}\.)?layers?[_.]?)?\d{1,5}(?:\.[\w.]{1,40})?"\s*:\s*(?:\[\s*\d[\d.eE+-]*\s*[,\]]|\{\s*"\d{1,5}"\s*:\s*\d)/
    const known = /^\s*\{/.test(text) && !/"logical_count"\s*:\s*\[/.test(text) && row.test(text)
    return known ? { matches: true } : { matches: false, why: "no key that is a layer with counts of experts" }
  },
  read: oneFileEach(endings, decode)
}

export default countsJson
