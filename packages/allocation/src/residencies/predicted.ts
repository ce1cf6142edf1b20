/** The study's predictor-managed HBM: what is predicted for the next token and read from afar is kept. */
import { makeCopies, type Worth } from "../copies/copies.ts"
import type { ResidencyPolicy } from "../residency.ts"

/**
 * After a layer step, the cross-token heatmap rows of the experts that a unit computed predict what it will need at this
 * layer for the next token (case study 1: "the top n of each row are predicted"). An expert that is read from another
 * unit while it is predicted (`cp_en`) is written to local memory and read there from then on (`is_local`). When a unit's
 * share of a layer is full, the copy that was predicted least recently makes way, never one predicted for this step.
 *
 * Limits are those of Table II: the Prediction Table (128 B = 2 bits for each of 512 experts), the Address Translation
 * Unit and the Expert Distribution Table (512 entries each), a heatmap of at most 100 layers.
 */
const predicted: ResidencyPolicy = {
  contract: "residency/v1",
  id: "predicted",
  title: "Predictor-managed memory (the study's)",
  needsKnowledge: true,
  limits: { experts: 512, layers: 100 },
  prepare: (setup) => {
    const { fabric, experts, homes, knowledge } = setup
    const { units } = fabric
    const { candidates, crossToken } = knowledge
    const copies = makeCopies(setup)
    /** Step for which expert e was last predicted on unit u at layer l, plus 1; 0 for never. */
    const predictedFor = new Uint32Array(homes.length * units * experts)
    const lastPredicted: Worth = (layerIndex, expert, unit) =>
      predictedFor[(layerIndex * units + unit) * experts + expert]!
    return {
      holders: copies.holders,
      after: (layerIndex, step, work) => {
        for (let i = 0; i < work.count; i++) {
          const [e, u] = [work.expert[i]!, work.unit[i]!]
          if (work.source[i] === u || lastPredicted(layerIndex, e, u) !== step + 1) continue
          if (copies.keep(layerIndex, e, u, lastPredicted)) work.localWriteBytes[u]! += work.weightBytes
        }
        const heatmap = crossToken[layerIndex]!
        for (let i = 0; i < work.count; i++) {
          const row = work.expert[i]! * candidates
          const unitRow = (layerIndex * units + work.unit[i]!) * experts
          for (let c = row; c < row + candidates; c++) {
            if (heatmap[c] === 0xffff) break
            predictedFor[unitRow + heatmap[c]!] = step + 2
          }
        }
      }
    }
  }
}

export default predicted
