/** Ids that a recorder kept as a NumPy array. */
import { ContentFault } from "../fault/content-fault.ts"
import { isIntegerType, type NpyArray, type NpyType } from "../codecs/npy/npy.ts"
import { byToken, type StridedIds } from "./layer-major.ts"

/** The greatest whole number that an element type holds. */
const greatestOf = (type: NpyType, itemBytes: number): number => 2 ** (8 * itemBytes - (type.includes("i") ? 1 : 0)) - 1

/** An integer array `[token, layer, k]` with where its elements lie; `prefix` begins every place. Throws `ContentFault`. */
export const stridedOf = ({ header, values }: NpyArray, prefix = ""): StridedIds => {
  const { shape, type, dataAt, itemBytes } = header
  if (!isIntegerType(type))
    throw new ContentFault("WrongShape", `${prefix}byte 0`, `elements of type ${type}; expert ids are integers`)
  if (shape.length !== 3)
    throw new ContentFault(
      "WrongShape",
      `${prefix}byte 0`,
      `an array of shape (${shape.join(", ")}), not [token, layer, k]`
    )
  const [tokens, layers, topK] = shape as [number, number, number]
  // A token without ids takes no bytes, so that nothing bounds how many of them a header claims.
  if (tokens > 0 && layers * topK === 0)
    throw new ContentFault(
      "WrongShape",
      `${prefix}byte 0`,
      `an array of shape (${shape.join(", ")}), whose tokens have no ids`
    )
  const place = (token: number, layer: number) =>
    `${prefix}byte ${dataAt + (token * layers + layer) * topK * itemBytes}`
  return byToken({ values, tokens, layers, topK, greatestId: greatestOf(type, itemBytes), place })
}
