/** Seeded draws that the sample documents are made of. */
import { random, substream } from "@moira/core"

export const seed = 20_260_611

export const stream = (...names: ReadonlyArray<string | number>) => random(substream(seed, ...names))

/** Weights with a heavy tail, as expert popularity has. */
export const popularity = (experts: number, layer: number): Float64Array => {
  const draw = stream("popularity", layer)
  return Float64Array.from({ length: experts }, () => Math.exp(0.75 * draw.normal()))
}

/** A cumulative curve through (0.2, coverage): x to the power that does so. */
export const curveThrough = (points: number, coverage: number, from = 1): Array<number> => {
  const power = Math.log(coverage) / Math.log(0.2)
  return Array.from({ length: points }, (_, k) => ((k + from) / (points - 1 + from)) ** power)
}

/** Four decimals keep the documents readable. */
export const rounded = (value: number): number => Math.round(value * 1e4) / 1e4
