/** Counts in `.npy` arrays. */
import { ContentFault } from "../../fault/content-fault.ts"
import { isNpy, readNpy } from "../../codecs/npy/npy.ts"
import type { Recognition, TraceSample } from "../../source.ts"
import type { CountsArray } from "./json-scan.ts"
import { checkedLoads } from "./loads.ts"

/** The array of a file when it has `dimensions` dimensions and none is empty. Throws `ContentFault`. */
export const npyCounts = (bytes: Uint8Array, dimensions: number, layout: string): CountsArray => {
  const { header, values } = readNpy(bytes)
  const { shape } = header
  if (shape.length !== dimensions || header.count === 0)
    throw new ContentFault("WrongShape", "byte 0", `an array [${shape.join(", ")}], where ${layout} belongs`)
  return { shape, values: checkedLoads(values, "") }
}

/** More chosen experts a token than any model has: a longer last dimension counts experts. */
const maxTopK = 32

/**
 * Whether an array looks like counts. Engines write ids as arrays `[token, layer, k]` too, so that counts of few
 * experts must be named.
 */
export const recogniseNpy = ({ bytes }: TraceSample, dimensions: number): Recognition => {
  if (!isNpy(bytes)) return { matches: false, why: "no .npy header" }
  const text = Buffer.from(bytes.subarray(0, 512)).toString("latin1")
  const width = Number(/'descr': *'[<|][iuf]([1248])'/.exec(text)?.[1] ?? 0)
  const shape = (/'shape': *\(([\d, ]+)\)/.exec(text)?.[1] ?? "")
    .split(",")
    .map((n) => n.trim())
    .filter((n) => n !== "")
  if (width === 0) return { matches: false, why: "an array of no numbers" }
  if (shape.length !== dimensions)
    return { matches: false, why: `an array of ${shape.length} dimensions, not ${dimensions}` }
  if (dimensions === 3 && (width < 4 || Number(shape[2]) <= maxTopK))
    return {
      matches: false,
      why: `[${shape.join(", ")}] of ${width} bytes each may be ids; name the format if it is counts`
    }
  return { matches: true }
}
