/** The matrices of every layer as files that NumPy opens. */
import { sum } from "@moira/core/statistics"
import { Effect } from "effect"
import { conditional, eachMatrix, type MatrixOptions } from "./matrices.ts"
import { npyBytes } from "./npy.ts"

/**
 * Gives `write`, for each layer, relation and phase, `RELATION-PHASE-LAYER-NEXT.joint.npy` (exact counts, uint32) and
 * `.conditional.npy` (P(j | i), float32), and last `matrices.csv`, which lists them. Returns how many matrices there are.
 * One file is in memory at a time: together they may be gigabytes.
 */
export const matrixFiles = Effect.fn("temporal.matrixFiles")(function* <E, R>(
  write: (name: string, content: string | Uint8Array) => Effect.Effect<void, E, R>,
  options: MatrixOptions = {}
) {
  const rows = ["relation,phase,layer,next_layer,experts,total_count,joint,conditional"]
  yield* eachMatrix(
    ({ relation, phase, layer, nextLayer, experts, counts }) =>
      Effect.gen(function* () {
        const name = `${relation}-${phase}-${layer}-${nextLayer}`
        const files = [`${name}.joint.npy`, `${name}.conditional.npy`] as const
        yield* write(files[0], npyBytes(counts, experts))
        yield* write(files[1], npyBytes(conditional(counts, experts), experts))
        const total = sum(counts)
        rows.push([relation, phase, layer, nextLayer, experts, total, ...files].join(","))
      }),
    options
  )
  yield* write("matrices.csv", `${rows.join("\n")}\n`)
  return rows.length - 1
})
