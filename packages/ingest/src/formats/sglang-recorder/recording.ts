/** The parts of SGLang recordings in modes `per_pass` and `per_token` (sglang/srt/eplb/expert_distribution.py). */
import { ContentFault } from "../../fault/content-fault.ts"
import type { PlainDict } from "../../codecs/pickle/plain.ts"
import type { LabelledFile } from "../../parts/layout.ts"
import type { TraceFile } from "../../source.ts"
import { tensorOf, type TorchFile } from "../../codecs/pickle/torch-file.ts"

/** A file and the rank that wrote it. */
export interface RankedFile extends LabelledFile {
  readonly rank: number
}

/** Files that are read together, one after another: those of several ranks, which may have recorded the same passes. */
export interface Recording extends TraceFile {
  readonly files: ReadonlyArray<RankedFile>
}

/** One forward pass of one rank. */
export interface PassRecord {
  /** Place among the records of its file. */
  readonly index: number
  readonly pass: number
  readonly rank: number
  readonly dict: PlainDict
}

/** Which logical expert each physical slot held when recording ended. */
export interface SlotMap {
  readonly layers: number
  readonly slots: number
  readonly experts: number
  /** `[layer][slot]`; -1 where the map has no expert of the layer, as it may in rows of dense layers, which mean nothing. */
  readonly logical: Int32Array
}

const mapKey = "last_physical_to_logical_map"

const wholeOf = (dict: PlainDict, key: string, place: string): number => {
  const value = dict.get(key)
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value
  throw new ContentFault("Malformed", place, `${key} is ${value === undefined ? "missing" : "no whole number"}`)
}

const rootOf = ({ root }: TorchFile): PlainDict => {
  if (root instanceof Map) return root
  throw new ContentFault("WrongShape", "record 0", "no dict with records")
}

/** The records by forward pass; all of one rank, no record twice. Throws `ContentFault`. */
export const recordsOf = (torch: TorchFile): ReadonlyArray<PassRecord> => {
  const records = rootOf(torch).get("records")
  if (!Array.isArray(records) || records.length === 0)
    throw new ContentFault(
      "WrongShape",
      "record 0",
      "no list of records, or an empty one",
      "record again while requests are served"
    )
  const seen = new Set<unknown>()
  const found = records.map((dict, index) => {
    const place = `record ${index}`
    if (!(dict instanceof Map)) throw new ContentFault("Malformed", place, "is no dict")
    if (seen.has(dict)) throw new ContentFault("Malformed", place, "is the same object as another record")
    seen.add(dict)
    return { index, pass: wholeOf(dict, "forward_pass_id", place), rank: wholeOf(dict, "rank", place), dict }
  })
  const other = found.find(({ rank }) => rank !== found[0]!.rank)
  if (other !== undefined)
    throw new ContentFault(
      "Ragged",
      `record ${other.index}`,
      `is of rank ${other.rank} in a file of rank ${found[0]!.rank}`
    )
  return found.toSorted((a, b) => a.pass - b.pass || a.index - b.index)
}

/** The map of slots to experts. Throws `ContentFault`. */
export const readSlotMap = (torch: TorchFile): SlotMap => {
  const root = rootOf(torch)
  if ((root.get(mapKey) ?? null) === null)
    throw new ContentFault(
      "WrongShape",
      "record 0",
      `${mapKey} is missing, the map without which slots cannot be told as experts`,
      `dump the recording with a version of SGLang that adds ${mapKey}, or add it before saving; where no expert was redundant or moved, it is the numbers of the experts in each layer`
    )
  const tensor = tensorOf(root, mapKey, [2], "record 0")
  const [layers, slots] = tensor.shape as [number, number]
  const values = torch.read(tensor)
  const logical = Int32Array.from(values, (expert) =>
    Number.isInteger(expert) && expert >= 0 && expert < slots ? expert : -1
  )
  const experts = logical.reduce((most, expert) => Math.max(most, expert), -1) + 1
  if (experts === 0) throw new ContentFault("OutOfRange", "record 0", `${mapKey} [${layers}, ${slots}] holds no expert`)
  return { layers, slots, experts, logical }
}
