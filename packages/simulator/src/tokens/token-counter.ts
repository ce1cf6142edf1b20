/** What counts the tokens of layer steps, whatever it is written in. All engines give the same numbers. */
import type { LayerWork } from "@moira/hardware"

/**
 * Counts one layer step after the other. Tokens live on unit (slot mod units). The tokens of an expert are dealt to the units of its
 * tasks in slot order, lower units first; a token goes once to every distinct unit that computes one of its experts. Hot; no allocation
 * but of views.
 */
export interface TokenCounter {
  readonly engine: "wasm" | "js"
  /** Begins a layer step: fills `expertTokens[e]` with the tokens that chose expert e. */
  readonly count: (layerIndex: number, step: number, expertTokens: Uint32Array) => void
  /**
   * Fills `work.tokenCopies`, and `work.tokensAt` and `work.serverCopies` where it has them, of the layer step that was begun, by its tasks:
   * experts ascending, units ascending, and as many tokens of each expert as chose it. All are zero before.
   */
  readonly deal: (work: LayerWork) => void
}
