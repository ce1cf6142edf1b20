/** Made-up router logits of the tiny model: 12 experts, two layers. */
import { random } from "@moira/core"
import routerLogits from "../../src/formats/router-logits/index.ts"
import { type Py, PyTensor, torchZip } from "../codecs/pickle/write-pickle.ts"
import { plainUnpickle } from "../codecs/pickle/plain-unpickle.ts"
import { unzipFile, zipFile } from "../codecs/pickle/plain-zip.ts"
import type { FuzzCase } from "../fixtures/fuzz-case.ts"
import { type Files, judge, type Verdict } from "../fixtures/rows.ts"

/** `[token][expert]`, in quarters, so that two can be equal. */
export type Logits = ReadonlyArray<ReadonlyArray<number>>

export const madeLogits = (tokens: number, seed: number): Logits => {
  const { below } = random(seed)
  return Array.from({ length: tokens }, () => Array.from({ length: 12 }, () => (below(41) - 20) / 4))
}

/** The two experts of the highest logits, the lower number first where two are equal. */
const best = (row: ReadonlyArray<number>): ReadonlyArray<number> =>
  row
    .map((logit, expert) => [logit, expert] as const)
    .toSorted(([a, x], [b, y]) => b - a || x - y)
    .slice(0, 2)
    .map(([, expert]) => expert)

/** `[layerIndex][token][k]`. */
export const bestIds = (...layers: ReadonlyArray<Logits>): ReadonlyArray<number> =>
  layers.flatMap((rows) => rows.flatMap(best))

export const tensor = (rows: Logits, type = "float32"): PyTensor => new PyTensor(type, [rows.length, 12], rows.flat())

export const one = [madeLogits(4, 101), madeLogits(4, 102)] as const

export const file: Py = one.map((rows) => tensor(rows))

/** A plain reader of lists of 32-bit floats. */
const reference = (files: Files): ReadonlyArray<Verdict | undefined> | undefined => {
  const members = new Map(unzipFile(files.get("r.pt")!))
  const root = plainUnpickle(members.get("archive/data.pkl")!) as any
  const list: ReadonlyArray<any> = Array.isArray(root) ? root : root.tuple
  const layers = list
    .filter((item) => item !== null)
    .map(({ tensor: { storage, offset, shape, strides } }) => {
      const [, , key] = storage.storage.tuple
      const data = members.get(`archive/data/${key}`)!
      const view = new DataView(data.buffer, data.byteOffset, data.length)
      const [rows, columns] = [shape.tuple.slice(0, -1).reduce((a: number, b: number) => a * b, 1), shape.tuple.at(-1)]
      if (shape.tuple.length !== 2 || columns !== 12) return undefined
      return Array.from({ length: rows }, (_, r) =>
        Array.from({ length: columns }, (__, c) =>
          view.getFloat32(4 * (offset + r * strides.tuple[0] + c * strides.tuple[1]), true)
        )
      )
    })
  const tokens = layers[0]?.length ?? 0
  if (layers.some((layer) => layer === undefined || layer.length !== tokens || layer.flat().some(Number.isNaN)))
    return undefined
  const own = layers.length === 3 ? layers.slice(1) : layers
  return [
    judge(
      Array.from({ length: tokens }, (_, t) => own.map((layer) => best(layer![t]!))),
      tokens
    )
  ]
}

const inside: FuzzCase["inside"] = (bytes, mutate) =>
  zipFile(
    unzipFile(bytes).map(([name, content]) => [name, name.endsWith("data.pkl") ? mutate(content) : content] as const)
  )

export const cases: ReadonlyArray<FuzzCase> = [
  { name: "router-logits", source: routerLogits, files: { "r.pt": torchZip(file) }, reference, inside },
  {
    name: "router-logits, numbers",
    source: routerLogits,
    files: { "r.pt": torchZip(file) },
    reference,
    inside: (bytes, mutate) =>
      zipFile(
        unzipFile(bytes).map(([name, content]) => {
          if (!name.endsWith("data/1")) return [name, content] as const
          const changed = mutate(content)
          return [name, Uint8Array.from({ length: content.length }, (_, i) => changed[i] ?? 0)] as const
        })
      )
  }
]
