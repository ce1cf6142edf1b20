/** A model small enough to write its traces by hand, and such traces. */
import type { Model } from "@moira/core"

/** Layer 0 is dense; layers 1 and 2 have 12 experts, top-2. */
export const tiny: Model = {
  id: "tiny",
  title: "tiny",
  aliases: [],
  layers: 3,
  moe: { first: 1, last: 2, every: 1 },
  experts: 12,
  sharedExperts: 0,
  topK: 2,
  hidden: 4,
  expertFfn: 8,
  servingBytesPerWeight: 1,
  source: "made up"
}

type Row = ReadonlyArray<number>
/** One element of a file: rows of each MoE layer. */
export type Step = Readonly<Record<string, ReadonlyArray<Row> | null>>

export const trace: ReadonlyArray<Step> = [
  {
    "0": null,
    "1": [
      [0, 11],
      [5, 4]
    ],
    "2": [
      [7, 1],
      [10, 2]
    ]
  },
  { "0": null, "1": [[3, 9]], "2": [[6, 0]] },
  { "0": null, "1": [[2, 8]], "2": [[11, 10]] }
]

/** The ids of `trace` as `[layerIndex][token][k]`. */
export const traceIds: ReadonlyArray<number> = [0, 11, 5, 4, 3, 9, 2, 8, 7, 1, 10, 2, 6, 0, 11, 10]
