/** The real recordings read the plain way, without any code of the project: nested lists and raw NumPy files. */
import * as fs from "node:fs"
import * as path from "node:path"
import { inflateRawSync } from "node:zlib"

/** A NumPy array of bytes or 64-bit integers: its shape and its flat values. */
interface Npy {
  readonly shape: ReadonlyArray<number>
  readonly values: ReadonlyArray<number> | Uint8Array
}

const parseNpy = (file: Buffer): Npy => {
  const header = file.subarray(10, 10 + file.readUInt16LE(8)).toString("latin1")
  const shape = /'shape': \(([^)]*)\)/
    .exec(header)![1]!
    .split(",")
    .flatMap((n) => (n.trim() === "" ? [] : [Number(n)]))
  const data = file.subarray(10 + file.readUInt16LE(8))
  if (/'descr': '\|u1'/.test(header)) return { shape, values: new Uint8Array(data) }
  if (/'descr': '<i8'/.test(header)) {
    return { shape, values: Array.from({ length: data.length / 8 }, (_, i) => Number(data.readBigInt64LE(8 * i))) }
  }
  throw new Error(`not a header this reader knows: ${header}`)
}

/** The arrays of an `.npz`, which is a ZIP file, by name. */
const parseNpz = (file: Buffer): ReadonlyMap<string, Npy> => {
  const end = file.lastIndexOf(Buffer.from("PK\u0005\u0006", "latin1"))
  const arrays = new Map<string, Npy>()
  let at = file.readUInt32LE(end + 16)
  for (let n = file.readUInt16LE(end + 10); n > 0; n--) {
    const [method, size] = [file.readUInt16LE(at + 10), file.readUInt32LE(at + 20)]
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => file.readUInt16LE(at + offset))
    const name = file.subarray(at + 46, at + 46 + nameLength!).toString("latin1")
    const local = file.readUInt32LE(at + 42)
    const from = local + 30 + file.readUInt16LE(local + 26) + file.readUInt16LE(local + 28)
    const packed = file.subarray(from, from + size)
    if (name !== "probs.npy")
      arrays.set(name.replace(".npy", ""), parseNpy(method === 8 ? inflateRawSync(packed) : packed))
    at += 46 + nameLength! + extra! + comment!
  }
  return arrays
}

/** Tokens of one request: `[token][layer][k]`. */
export interface RawRequest {
  readonly task: string
  readonly tokens: ReadonlyArray<ReadonlyArray<ReadonlyArray<number>>>
}

/** Rows `from` to `to` of a `[token, layer, k]` array, at some of its layers. */
const rows = ({ shape, values }: Npy, from: number, to: number, layers: ReadonlyArray<number>) => {
  const [, count, k] = shape as [number, number, number]
  return Array.from({ length: to - from }, (_, t) =>
    layers.map((layer) => Array.from({ length: k }, (__, c) => Number(values[((from + t) * count + layer) * k + c])))
  )
}

/** Llama 4: a JSON file a request, a list of elements from layer to rows. */
export const rawLlama4 = (folder: string, layers: ReadonlyArray<number>): ReadonlyArray<RawRequest> =>
  fs
    .readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".json"))
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((file) => {
      const elements: ReadonlyArray<Record<string, ReadonlyArray<ReadonlyArray<number>>>> = JSON.parse(
        fs.readFileSync(path.join(folder, file), "utf8")
      )
      return {
        task: file.split(path.sep).at(-2)!,
        tokens: elements.flatMap((element) =>
          element[String(layers[0])]!.map((_, row) => layers.map((layer) => [...element[String(layer)]![row]!]))
        )
      }
    })

/** gpt-oss-20b: one array of all decode tokens and the offsets of requests. */
export const rawGptOss = (folder: string, layers: ReadonlyArray<number>): ReadonlyArray<RawRequest> => {
  const arrays = parseNpz(fs.readFileSync(path.join(folder, "gptoss20b_decode_routing.npz")))
  const about: ReadonlyArray<{ readonly dataset: string }> = JSON.parse(
    fs.readFileSync(path.join(folder, "requests.json"), "utf8")
  )
  const offsets = arrays.get("offsets")!.values
  return about.map(({ dataset }, r) => ({
    task: dataset,
    tokens: rows(arrays.get("experts")!, offsets[r]!, offsets[r + 1]!, layers)
  }))
}

/** Mixtral by vLLM: an array a request. */
export const rawMixtral = (folder: string, layers: ReadonlyArray<number>): ReadonlyArray<RawRequest> =>
  fs
    .readdirSync(folder)
    .filter((file) => file.endsWith(".npy"))
    .toSorted()
    .map((file) => {
      const array = parseNpy(fs.readFileSync(path.join(folder, file)))
      return { task: file, tokens: rows(array, 0, array.shape[0]!, layers) }
    })
