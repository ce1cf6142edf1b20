/** What routes the tokens of a layer, whatever it is written in. All engines give the same ids. */

/** Scores and draws of one layer's tokens. */
export interface LayerInputs {
  readonly tokens: number
  /** `[E]` scores that all tokens of the request share. */
  readonly shared: Float64Array
  /** `[tokens][tokenDims]` */
  readonly latents: Float64Array
  /**
   * `[tokens][4]`: where in the noise table the draws of the clusters start and by how much they step, and the same of the
   * experts' own.
   */
  readonly draws: Uint32Array
}

export interface LayerRoutes {
  readonly engine: "wasm" | "js"
  /** Puts the ids of the router's `layer`th layer, `[tokens][topK]`, into `out`. */
  readonly route: (layer: number, inputs: LayerInputs, out: Uint16Array) => void
}

/** Entries of the draws of a token. */
export const drawsPerToken = 4

/** Tokens whose scores are made together, so that a loading is read once for all of them. */
export const tokensAtOnce = 4
