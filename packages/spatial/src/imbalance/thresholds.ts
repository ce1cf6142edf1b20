/** What figures of evenness are told by. */

/** Fewer slots are told where they come so near the most even layout: more of them cost memory. */
export const nearBest = 1.05

/** An expert is hot from this many times the mean load on, as in the profiles of tasks. */
export { hotOverMean } from "../sharing-layer.ts"
