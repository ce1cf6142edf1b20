/** Ids that a recorder kept as a NumPy array. */
import { ContentFault } from "../fault/content-fault.ts"
import { isIntegerType, type NpyArray } from "../codecs/npy/npy.ts"
import { byToken, type StridedIds } from "./layer-major.ts"

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
  const place = (token: number, layer: number) =>
    `${prefix}byte ${dataAt + (token * layers + layer) * topK * itemBytes}`
  return byToken({ values, tokens, layers, topK, place })
}
