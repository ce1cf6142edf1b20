/** Base as a fixed deal: every active expert in a few equal pieces, whatever the batch. */
import type { AllocateStep, AllocationSetup } from "../allocator.ts"

/**
 * Pieces of an expert under Base: the one constant of the wafer case study that is fitted to a published figure. The study says
 * that every die does the same amount of expert computation wherever experts lie (V-A, "Base"), and not in how many parts an
 * expert is cut. Four bring the mean speed-up of Allo+Pred over Base nearest to Figure 12's; `scripts/calibrate/pieces.ts` prints it.
 */
export const basePieces = 4

/**
 * Piece p of expert e goes to unit (pieces x e + p) mod units, the same at every layer and step; what does not divide goes to
 * the first pieces. Without skew all units get as much.
 */
export const dealPieces =
  (pieces: number) =>
  ({ fabric, experts }: AllocationSetup): AllocateStep => {
    const { units } = fabric
    return (expertTokens, _holders, allocation) => {
      for (let e = 0; e < experts; e++) {
        const tokens = expertTokens[e]!
        const share = Math.floor(tokens / pieces)
        const extra = tokens - share * pieces
        for (let p = 0; p < pieces; p++) {
          allocation[e * units + ((pieces * e + p) % units)]! += share + (p < extra ? 1 : 0)
        }
      }
    }
  }
