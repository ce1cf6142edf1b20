/**
 * Key concept: a counts format says how its files are recognised and decoded to an array; names of workloads, phases, layers of
 * the model and hashes come with `oneFileEach`.
 *
 * [1] recognised from content, never from the name alone; `why` is told where nothing recognises a file.
 * [2] `own-counts LAYERS EXPERTS`, then one line a layer with one count an expert; a fault names its place.
 * [3] counts are whole numbers below 2^53: nothing is rounded, or it is refused.
 */
import { ContentFault } from "@moira/ingest/codecs"
import type { CountsSource } from "@moira/ingest"
import { type CountsArray, oneFileEach } from "@moira/ingest/parts"

const endings = [".counts"]

const rowOf = (line: string, at: number, experts: number): ReadonlyArray<number> => {
  const place = `line ${at + 2}`
  if (!/^(?:0|[1-9]\d*)(?: (?:0|[1-9]\d*))*$/.test(line))
    throw new ContentFault("Malformed", place, "is not whole numbers with one space between")
  const row = line.split(" ").map(Number)
  if (row.length !== experts) throw new ContentFault("Ragged", place, `${row.length} counts for ${experts} experts`)
  // [3]
  if (!row.every(Number.isSafeInteger)) throw new ContentFault("OutOfRange", place, "a count of 2^53 or more")
  return row
}

// [2]
const decode = (bytes: Uint8Array): CountsArray => {
  const [head = "", ...lines] = new TextDecoder("latin1").decode(bytes).split("\n")
  const found = /^own-counts ([1-9]\d{0,3}) ([1-9]\d{0,4})$/.exec(head)
  if (found === null) throw new ContentFault("Malformed", "line 1", "not `own-counts LAYERS EXPERTS`")
  const [layers, experts] = [Number(found[1]), Number(found[2])]
  if (lines.pop() !== "") throw new ContentFault("Truncated", `line ${lines.length + 2}`, "no line feed at its end")
  if (lines.length !== layers)
    throw new ContentFault("Ragged", `line ${lines.length + 1}`, `${lines.length} lines for ${layers} layers`)
  const values = Float64Array.from(lines.flatMap((line, i) => rowOf(line, i, experts)))
  return { shape: [layers, experts], values }
}

const format: CountsSource = {
  contract: "counts-format/v1",
  counts: true,
  id: "own-counts-format",
  title: "own counts format, one line a layer",
  endings,
  // [1]
  recognises: ({ bytes }) =>
    new TextDecoder("latin1").decode(bytes.subarray(0, 11)) === "own-counts "
      ? { matches: true }
      : { matches: false, why: "its first line does not begin with own-counts" },
  read: oneFileEach(endings, decode)
}

export default format
