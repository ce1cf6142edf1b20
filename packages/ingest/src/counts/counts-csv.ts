/**
 * Counts as CSV `layer_id,expert_id,count`, one line a layer and expert: what SGLang's first recorder wrote. Experts that
 * were not chosen may be left out.
 */
import { unendedHint } from "../codecs/json-lines/lines.ts"
import { maxHeldBytes } from "../codecs/bytes/read-bounded.ts"
import type { CountsSource } from "../counts-source.ts"
import { ContentFault } from "../fault/content-fault.ts"
import type { CountsArray } from "./parts/json-scan.ts"
import { isLoad, noLoad } from "./parts/loads.ts"
import { maxNumber, SparseTable } from "./parts/sparse-table.ts"
import { oneFileEach } from "./parts/workloads.ts"

const endings = [".csv"]

const columns = {
  layer: /^layer(?:_?(?:id|idx|index))?$/i,
  expert: /^expert(?:_?(?:id|idx|index))?$/i,
  count: /^(?:counts?|load|activations?|tokens)$/i
}

/** Where each column is; undefined where the line is no such header. */
const headerOf = (line: string): Record<keyof typeof columns, number> | undefined => {
  const names = line.split(",").map((name) => name.trim())
  const find = (pattern: RegExp) => names.findIndex((name) => pattern.test(name))
  const found = { layer: find(columns.layer), expert: find(columns.expert), count: find(columns.count) }
  return names.length === 3 && Object.values(found).every((at) => at >= 0) ? found : undefined
}

const wholeNumber = /^(?:0|[1-9]\d{0,5})$/
const anyNumber = /^\d{1,17}(?:\.\d{1,20})?(?:[eE][+-]?\d{1,3})?$/

const decode = (bytes: Uint8Array): CountsArray => {
  if (bytes.length > maxHeldBytes)
    throw new ContentFault("WrongShape", `byte ${maxHeldBytes}`, `${bytes.length} bytes are no table of counts`)
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1")
  // A number that lost its last digits is still a number: only the line feed shows that it is whole.
  if (!text.endsWith("\n"))
    throw new ContentFault(
      "Truncated",
      `byte ${bytes.length}`,
      "the last line does not end in a line feed",
      unendedHint
    )
  const lines = text.split("\n")
  const header = headerOf(lines[0]!.replace(/\r$/, ""))
  if (header === undefined) throw new ContentFault("Malformed", "line 1, byte 0", "no header layer_id,expert_id,count")
  const table = new SparseTable()
  let at = lines[0]!.length + 1
  for (let i = 1; i < lines.length - 1; at += lines[i]!.length + 1, i++) {
    const place = `line ${i + 1}, byte ${at}`
    const cells = lines[i]!.replace(/\r$/, "").split(",")
    const [layer, expert, count] = [cells[header.layer]!, cells[header.expert]!, cells[header.count]!]
    if (cells.length !== 3 || !wholeNumber.test(layer) || !wholeNumber.test(expert))
      throw new ContentFault(
        "Malformed",
        place,
        `${JSON.stringify(lines[i]!.slice(0, 40))} where a layer, an expert and a count were expected`
      )
    if (!anyNumber.test(count) || !isLoad(Number(count)))
      throw new ContentFault("Malformed", place, noLoad(Number(count)))
    const [l, e] = [Number(layer), Number(expert)]
    if (l > maxNumber || e > maxNumber)
      throw new ContentFault("OutOfRange", place, `layer ${l}, expert ${e}, where numbers up to ${maxNumber} are read`)
    if (!table.add(l, e, Number(count)))
      throw new ContentFault(
        "Malformed",
        place,
        `layer ${l}, expert ${e} comes twice`,
        "two recordings in one file, or of two ranks: give each a file of its own"
      )
  }
  return table.finish()
}

const countsCsv: CountsSource = {
  contract: "counts-format/v1",
  counts: true,
  id: "counts-csv",
  title: "expert counts, CSV layer_id,expert_id,count (SGLang's first recorder)",
  endings,
  recognises: ({ bytes }) => {
    const [line, more] = Buffer.from(bytes.subarray(0, 256)).toString("latin1").split("\n")
    return more !== undefined && headerOf(line!.replace(/\r$/, "")) !== undefined
      ? { matches: true }
      : { matches: false, why: "its first line is not layer_id,expert_id,count" }
  },
  read: oneFileEach(endings, decode)
}

export default countsCsv
