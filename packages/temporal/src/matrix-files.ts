/** Writes the matrices of every layer as files that NumPy opens. */
import { problem, problemLine } from "@moira/core"
import { writeFileAtomic } from "@moira/core/node"
import { Effect, Schema } from "effect"
import * as path from "node:path"
import { conditional, eachMatrix, type MatrixOptions } from "./matrices.ts"
import { npyBytes } from "./npy.ts"

/** A matrix file could not be written. */
export class MatrixError extends Schema.TaggedError<MatrixError>()("MatrixError", problem(["NotWritable"])) {
  override get message() {
    return problemLine(this)
  }
}

const save = (file: string, data: string | Uint8Array) =>
  Effect.try({
    try: () => writeFileAtomic(file, data),
    catch: (cause) =>
      new MatrixError({
        reason: "NotWritable",
        where: file,
        what: `cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
        hint: "check the path, its permissions and the free space",
        cause
      })
  })

/**
 * Writes to `directory`, for each layer and relation, `RELATION-PHASE-LAYER-NEXT.joint.npy` (exact counts, uint32) and
 * `.conditional.npy` (P(j | i), float32), and `matrices.csv`, which lists them. Returns how many matrices there are.
 * Memory does not grow with layers or requests.
 */
export const writeMatrices = Effect.fn("temporal.writeMatrices")(function* (
  directory: string,
  options: MatrixOptions = {}
) {
  const rows = ["relation,phase,layer,next_layer,experts,total_count,joint,conditional"]
  yield* eachMatrix(
    ({ relation, phase, layer, nextLayer, experts, counts }) =>
      Effect.gen(function* () {
        const name = `${relation}-${phase}-${layer}-${nextLayer}`
        const files = [`${name}.joint.npy`, `${name}.conditional.npy`] as const
        yield* save(path.join(directory, files[0]), npyBytes(counts, experts))
        yield* save(path.join(directory, files[1]), npyBytes(conditional(counts, experts), experts))
        const total = counts.reduce((sum, count) => sum + count, 0)
        rows.push([relation, phase, layer, nextLayer, experts, total, ...files].join(","))
      }),
    options
  )
  yield* save(path.join(directory, "matrices.csv"), `${rows.join("\n")}\n`)
  return rows.length - 1
})
