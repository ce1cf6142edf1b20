/** Small documents: the same form as the sample, quick to draw. */
import { analysis } from "./analysis.ts"
import type { Shape } from "./shape.ts"
import { simulation } from "./simulation.ts"

export const small: Shape = { layers: [3, 4, 5, 6, 7, 8], experts: 32, topK: 4 }

/** A copy that a test may write to; documents are plain JSON. */
export type Mutable<T> = T extends object ? { -readonly [K in keyof T]: Mutable<T[K]> } : T

export const smallAnalysis = (shape: Shape = small): Mutable<ReturnType<typeof analysis>> =>
  structuredClone(analysis(shape)) as Mutable<ReturnType<typeof analysis>>

export const smallSimulation = (
  options: Parameters<typeof simulation>[0] = {}
): Mutable<ReturnType<typeof simulation>> =>
  structuredClone(simulation({ shape: small, ...options })) as Mutable<ReturnType<typeof simulation>>
