/** The study's predictor-managed memory: what is read from afar while it is predicted is kept. */
import type { LayerWork } from "@moira/hardware"
import { makeCopies, type Worth } from "../copies/copies.ts"
import type { PreparedResidency, ResidencySetup } from "../residency.ts"
import type { Reading } from "./reading.ts"

/**
 * After a layer step, the cross-token heatmap rows of the experts that a unit computed predict what it will need at this
 * layer for the next token: the first n of each row. An expert that is read from another unit while it is
 * predicted (`cp_en`) is written to local memory and read there from then on (`is_local`). When a unit's share of a layer is
 * full, the copy that was predicted least recently makes way, never one predicted for the same step. Hot: `after` does not allocate.
 */
export const predict = (setup: ResidencySetup, { keeps, candidates }: Reading): PreparedResidency => {
  const { fabric, experts, homes, knowledge } = setup
  const { units } = fabric
  const { candidates: stride, crossToken } = knowledge
  const top = Math.min(candidates, stride)
  const copies = makeCopies(setup)
  /** Step for which expert e was last predicted on unit u at layer l, plus 1; 0 for never. */
  const predictedFor = new Uint32Array(homes.length * units * experts)
  const lastPredicted: Worth = (layerIndex, expert, unit) =>
    predictedFor[(layerIndex * units + unit) * experts + expert]!

  const keep = (layerIndex: number, wanted: number, work: LayerWork): void => {
    for (let i = 0; i < work.count; i++) {
      const [e, u] = [work.expert[i]!, work.unit[i]!]
      if (work.source[i] === u || lastPredicted(layerIndex, e, u) !== wanted) continue
      if (copies.keep(layerIndex, e, u, lastPredicted)) work.localWriteBytes[u]! += work.weightBytes
    }
  }
  const foretell = (layerIndex: number, wanted: number, work: LayerWork): void => {
    const heatmap = crossToken[layerIndex]!
    for (let i = 0; i < work.count; i++) {
      const row = work.expert[i]! * stride
      const unitRow = (layerIndex * units + work.unit[i]!) * experts
      for (let c = row; c < row + top; c++) {
        if (heatmap[c] === 0xffff) break
        predictedFor[unitRow + heatmap[c]!] = wanted
      }
    }
  }
  return {
    holders: copies.holders,
    after: (layerIndex, step, work) => {
      if (keeps === "now") keep(layerIndex, step + 1, work)
      foretell(layerIndex, step + 2, work)
      if (keeps === "next") keep(layerIndex, step + 2, work)
    }
  }
}

/**
 * The largest model that the tables of Table II hold: the Prediction Table (128 B = 2 bits for each of 512 experts), the Address
 * Translation Unit and the Expert Distribution Table (512 entries each), a heatmap of at most 100 layers.
 */
export const tableLimits = { experts: 512, layers: 100 } as const
