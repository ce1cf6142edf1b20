/** Slow, plain decoders of counts files, which share no code with the formats. Undefined: not such a file. */
import { plainUnpickle } from "../codecs/pickle/plain-unpickle.ts"
import { unzipFile } from "../codecs/pickle/plain-zip.ts"

interface Found {
  readonly steps: number
  readonly experts: number
  readonly counts: ReadonlyArray<number>
}

const isCount = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0

/** Steps of a table of two or three levels, all of one size. */
const stepsOf = (value: unknown): Found | undefined => {
  const isTable = (table: unknown): table is ReadonlyArray<ReadonlyArray<number>> =>
    Array.isArray(table) &&
    table.length > 0 &&
    table.every((row) => Array.isArray(row) && row.length > 0 && row.every(isCount))
  if (!Array.isArray(value) || value.length === 0) return undefined
  const steps: ReadonlyArray<unknown> = isTable(value) ? [value] : value
  if (!steps.every(isTable)) return undefined
  const experts = steps[0]![0]!.length
  if (steps.some((step) => step.length !== steps[0]!.length || step.some((row) => row.length !== experts)))
    return undefined
  return { steps: steps.length, experts, counts: steps.flat(2).map((count) => count + 0) }
}

/** True where an object of a JSON text has a key twice, which JSON.parse does not tell. */
const repeatsKey = (value: string): boolean => {
  // Strings are told apart first, then each object's keys are collected with a stack.
  const stack: Array<Set<string> | undefined> = []
  for (const [token, , colon] of value.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[[\]{}]/g)) {
    if (token === "{") stack.push(new Set())
    else if (token === "[") stack.push(undefined)
    else if (token === "}" || token === "]") stack.pop()
    else if (colon !== undefined) {
      const key = JSON.parse(token.slice(0, token.lastIndexOf('"') + 1)) as string
      if (stack.at(-1)?.has(key) === true) return true
      stack.at(-1)?.add(key)
    }
  }
  return false
}

export const plainJsonCounts =
  (underKey: boolean) =>
  (bytes: Uint8Array): Found | undefined => {
    try {
      const text = Buffer.from(bytes).toString("latin1")
      const value = JSON.parse(text) as unknown
      if (!underKey) {
        const found = stepsOf(value)
        return Array.isArray(value) && Array.isArray(value[0]?.[0]) ? undefined : found
      }
      if (typeof value !== "object" || value === null || Array.isArray(value) || repeatsKey(text)) return undefined
      return stepsOf((value as Record<string, unknown>)["logical_count"])
    } catch {
      return undefined
    }
  }

type Read = (view: DataView, at: number) => number

const big = (value: bigint): number => Number(value)

const npyTypes: Readonly<Record<string, readonly [width: number, read: Read]>> = {
  "|u1": [1, (view, at) => view.getUint8(at)],
  "|b1": [1, (view, at) => view.getUint8(at)],
  "|i1": [1, (view, at) => view.getInt8(at)],
  "<u2": [2, (view, at) => view.getUint16(at, true)],
  "<i2": [2, (view, at) => view.getInt16(at, true)],
  "<u4": [4, (view, at) => view.getUint32(at, true)],
  "<i4": [4, (view, at) => view.getInt32(at, true)],
  "<f4": [4, (view, at) => view.getFloat32(at, true)],
  "<f8": [8, (view, at) => view.getFloat64(at, true)],
  "<i8": [8, (view, at) => big(view.getBigInt64(at, true))],
  "<u8": [8, (view, at) => big(view.getBigUint64(at, true))]
}

const product = (shape: ReadonlyArray<number>) => shape.reduce((a, b) => a * b, 1)

export const plainNpyCounts =
  (dimensions: number) =>
  (bytes: Uint8Array): Found | undefined => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    const wide = bytes[6] !== 1
    const start = (wide ? 12 : 10) + (wide ? view.getUint32(8, true) : view.getUint16(8, true))
    const header = Buffer.from(bytes.subarray(0, start)).toString("latin1")
    const type = npyTypes[/'descr'\s*:\s*'([^']*)'/.exec(header)?.[1] ?? ""]
    const shape = (/'shape'\s*:\s*\(([^)]*)\)/.exec(header)?.[1] ?? "")
      .split(",")
      .filter((n) => n.trim() !== "")
      .map(Number)
    if (type === undefined || shape.length !== dimensions) return undefined
    const [width, read] = type
    const flat = Array.from({ length: product(shape) }, (_, i) => read(view, start + i * width))
    const fortran = /'fortran_order'\s*:\s*True/.test(header)
    const strides = shape.map((_, d) => product(fortran ? shape.slice(0, d) : shape.slice(d + 1)))
    const at = (i: number) => {
      let rest = i
      let sum = 0
      for (let d = shape.length - 1; d >= 0; d--) {
        sum += (rest % shape[d]!) * strides[d]!
        rest = Math.floor(rest / shape[d]!)
      }
      return sum
    }
    const counts = flat.map((_, i) => flat[at(i)]! + 0)
    if (!counts.every(isCount)) return undefined
    return { steps: dimensions === 2 ? 1 : shape[0]!, experts: shape.at(-1)!, counts }
  }

const safetensorTypes: Readonly<Record<string, string>> = {
  U8: "|u1",
  I16: "<i2",
  I32: "<i4",
  I64: "<i8",
  F32: "<f4",
  F64: "<f8"
}

export const plainSafetensorsCounts = (bytes: Uint8Array): Found | undefined => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const length = Number(view.getBigUint64(0, true))
  const { __metadata__: _, ...header } = JSON.parse(
    Buffer.from(bytes.subarray(8, 8 + length)).toString("utf8")
  ) as Record<
    string,
    { readonly dtype: string; readonly shape: ReadonlyArray<number>; readonly data_offsets: readonly [number, number] }
  >
  const cells = Object.entries(header).map(
    ([
      name,
      {
        dtype,
        shape,
        data_offsets: [from]
      }
    ]) => {
      const [width, read] = npyTypes[safetensorTypes[dtype]!]!
      const [iteration, layer] = name.split("_").map(Number)
      const counts = Array.from({ length: shape[0]! }, (__, i) => read(view, 8 + length + from + i * width) + 0)
      return { iteration: iteration!, layer: layer!, counts }
    }
  )
  const sorted = cells.toSorted((a, b) => a.iteration - b.iteration || a.layer - b.layer)
  const counts = sorted.flatMap((cell) => cell.counts)
  if (!counts.every(isCount)) return undefined
  return { steps: new Set(cells.map((cell) => cell.iteration)).size, experts: cells[0]!.counts.length, counts }
}

const typed: Readonly<Record<string, string>> = {
  Bool: "|b1",
  Byte: "|u1",
  Char: "|i1",
  Short: "<i2",
  Int: "<i4",
  Long: "<i8",
  Float: "<f4",
  Double: "<f8"
}

/** The tensor `logical_count` of a recording, steps of zeros left out. */
export const plainStat = (bytes: Uint8Array): Found | undefined => {
  try {
    const members = new Map(unzipFile(bytes))
    const root = plainUnpickle(members.get("archive/data.pkl")!) as {
      readonly dict: ReadonlyArray<readonly [string, any]>
    }
    const { tensor } = root.dict.find(([key]) => key === "logical_count")![1]
    const [, { global }, key] = tensor.storage.storage.tuple
    const [width, read] = npyTypes[typed[/^torch\.(\w+)Storage$/.exec(global)![1]!]!]!
    const data = members.get(`archive/data/${key}`)!
    const view = new DataView(data.buffer, data.byteOffset, data.length)
    const shape: ReadonlyArray<number> = tensor.shape.tuple
    const strides: ReadonlyArray<number> = tensor.strides.tuple
    const counts: Array<number> = []
    const walk = (d: number, at: number): void => {
      if (d === shape.length) counts.push(read(view, at * width) + 0)
      else for (let i = 0; i < shape[d]!; i++) walk(d + 1, at + i * strides[d]!)
    }
    walk(0, tensor.offset)
    if (!counts.every(isCount) || counts.every((count) => count === 0)) return undefined
    const experts = shape.at(-1)!
    const size = shape.at(-2)! * experts
    const steps = Array.from({ length: counts.length / size }, (_, s) => counts.slice(s * size, (s + 1) * size))
    const held = steps.filter((step) => step.some((count) => count > 0))
    return { steps: held.length, experts, counts: held.flat() }
  } catch {
    return undefined
  }
}
