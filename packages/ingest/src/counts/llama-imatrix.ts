/**
 * Counts in llama.cpp's importance matrix as GGUF (`llama-imatrix -o imatrix.gguf`, tools/imatrix): for the experts' tensors
 * of each layer, `blk.N.ffn_down_exps.weight.counts` has the tokens that each expert got.
 */
import { Effect } from "effect"
import { withByteSource } from "../codecs/bytes/byte-source.ts"
import { float32, type GgufTensor, isGguf, readGguf } from "../codecs/gguf/gguf.ts"
import type { CountsSource } from "../counts-source.ts"
import { ContentFault } from "../fault/content-fault.ts"
import { listFiles } from "../parts/list-files.ts"
import type { CountsArray } from "./parts/json-scan.ts"
import { checkedLoads } from "./parts/loads.ts"
import { rankWorkloads } from "./parts/rank-stream.ts"
import { maxNumber } from "./parts/sparse-table.ts"
import { askedModel } from "./parts/workloads.ts"

const endings = [".gguf"]

const countsName = /^blk\.(\d{1,5})\.(ffn_(?:down|up|gate|gate_up)_exps)\.weight\.counts$/
/** From here on a 32-bit float does not hold every whole number. */
const exactBelow = 2 ** 24

const wrong = (tensor: GgufTensor, what: string, hint?: string) =>
  new ContentFault("WrongShape", `byte ${tensor.at}`, `tensor ${tensor.name} ${what}`, hint)

/** The tensor of each layer: all tensors of a layer's experts counted the same tokens, so that the first by name is it. */
const byLayer = (tensors: ReadonlyArray<GgufTensor>): ReadonlyMap<number, GgufTensor> => {
  const found = new Map<number, GgufTensor>()
  for (const tensor of tensors) {
    const layer = countsName.exec(tensor.name)?.[1]
    if (layer === undefined) continue
    const known = found.get(Number(layer))
    if (known === undefined || tensor.name < known.name) found.set(Number(layer), tensor)
  }
  return new Map([...found].toSorted(([a], [b]) => a - b))
}

const expertsOf = (tensor: GgufTensor): number => {
  const experts = tensor.shape.reduce((product, size) => product * size, 1)
  if (tensor.type !== float32 || tensor.shape.length === 0 || Math.max(...tensor.shape) !== experts)
    throw wrong(
      tensor,
      `is [${tensor.shape.join(", ")}] of type ${tensor.type}, where one 32-bit float an expert belongs`
    )
  if (experts < 2 || experts > maxNumber)
    throw wrong(
      tensor,
      `has ${experts} counts, which are not one an expert`,
      "an imatrix that was made from one of the old format has no counts of experts: compute it anew with llama-imatrix"
    )
  return experts
}

const readCounts = (file: string): CountsArray =>
  withByteSource(file, (source) => {
    const layers = byLayer(readGguf(source).tensors)
    const [first] = layers.values()
    if (first === undefined)
      throw new ContentFault(
        "WrongShape",
        "byte 0",
        "no tensor blk.N.ffn_down_exps.weight.counts",
        "give the imatrix.gguf of a MoE model; one of the old format (.dat) or of a dense model has no counts of experts"
      )
    const experts = expertsOf(first)
    const values = new Float64Array(layers.size * experts)
    let row = 0
    for (const [layer, tensor] of layers) {
      if (expertsOf(tensor) !== experts)
        throw new ContentFault(
          "Ragged",
          `byte ${tensor.at}`,
          `layer ${layer} has ${expertsOf(tensor)} experts, the others ${experts}`
        )
      const bytes = source.read(tensor.at, experts * 4)
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
      const counts = Float64Array.from({ length: experts }, (_, e) => view.getFloat32(e * 4, true))
      values.set(checkedLoads(counts, `byte ${tensor.at}`), row++ * experts)
    }
    if (rowsAreFlat(values, experts))
      throw wrong(
        first,
        "and those of all other layers count the same for every expert",
        "an imatrix that was made from one of the old format has one count for all experts: compute it anew with llama-imatrix"
      )
    const notes = values.some((count) => count >= exactBelow)
      ? ["counts above 16,777,216 were rounded when the file was written, as 32-bit floats"]
      : []
    return { shape: [layers.size, experts], values, layers: [...layers.keys()], notes }
  })

/** True where no layer tells its experts apart. */
const rowsAreFlat = (values: Float64Array, experts: number): boolean =>
  values.every((count, i) => count === values[i - (i % experts)])

const llamaImatrix: CountsSource = {
  contract: "counts-format/v1",
  counts: true,
  id: "llama-imatrix",
  title: "llama.cpp importance matrix, .gguf with the tokens that each expert got",
  endings,
  recognises: ({ bytes }) => {
    if (!isGguf(bytes)) return { matches: false, why: "no GGUF file" }
    const words = Buffer.from(bytes).toString("latin1")
    return words.includes("imatrix.") || words.includes(".counts")
      ? { matches: true }
      : { matches: false, why: "a GGUF file of a model, not of an imatrix", near: 0.5 }
  },
  read: Effect.fn("ingest.llamaImatrix.read")(function* (paths, options) {
    const files = yield* listFiles(paths, endings)
    return yield* rankWorkloads(
      files,
      yield* askedModel(options.model),
      () => 0,
      ({ files: [one] }) => {
        const { notes = [], ...array } = readCounts(one!.file)
        return { array, notes }
      }
    )
  })
}

export default llamaImatrix
