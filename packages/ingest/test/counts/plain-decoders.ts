/** Slow, plain decoders of counts files, which share no code with the formats. Undefined: not such a file. */
import { plainUnpickle } from "../codecs/pickle/plain-unpickle.ts"
import { unzipFile } from "../codecs/pickle/plain-zip.ts"

export interface Found {
  readonly steps: number
  readonly experts: number
  readonly counts: ReadonlyArray<number>
}

const isCount = (value: unknown): value is number =>
  typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER

const total = (values: ReadonlyArray<number>) => values.reduce((a, b) => a + b, 0)
const pieces = (values: ReadonlyArray<number>, size: number) =>
  Array.from({ length: values.length / size }, (_, i) => values.slice(i * size, (i + 1) * size))

/** Loads as counts: whole ones as they are, others times a power of two; undefined where they add up as shares do. */
const scaled = ({ steps, experts, counts }: Found): Found | undefined => {
  if (counts.every((count) => Number.isInteger(count))) return { steps, experts, counts }
  const adds = (size: number, whole: number) =>
    pieces(counts, size)
      .map(total)
      .every((all) => all === 0 || (all >= 0.98 * whole && all <= 1.02 * whole))
  if (adds(experts, 1) || adds(counts.length / steps, 1) || adds(experts, 100)) return undefined
  let exponent = 0
  const most = Math.max(...counts)
  while (exponent < 52 && most * 2 ** (exponent + 1) <= 2 ** 27) exponent++
  return { steps, experts, counts: counts.map((count) => Math.round(count * 2 ** exponent)) }
}

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
  return scaled({ steps: steps.length, experts, counts: steps.flat(2).map((count) => count + 0) })
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
    return scaled({ steps: dimensions === 2 ? 1 : shape[0]!, experts: shape.at(-1)!, counts })
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
  return scaled({ steps: new Set(cells.map((cell) => cell.iteration)).size, experts: cells[0]!.counts.length, counts })
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

/** The tensor `expert_load` of a file. */
export const plainLoad = (bytes: Uint8Array): Found | undefined => {
  const found = tensorIn(bytes, "expert_load")
  if (found === undefined || found.shape.length < 2 || found.shape.length > 3 || !found.values.every(isCount))
    return undefined
  const [experts, steps] = [found.shape.at(-1)!, found.shape.length === 2 ? 1 : found.shape[0]!]
  return found.values.length === 0 ? undefined : scaled({ steps, experts, counts: found.values })
}

/** Shape and elements of a tensor of the dict in a file of torch. */
const tensorIn = (bytes: Uint8Array, name: string) => {
  const members = new Map(unzipFile(bytes))
  const root = plainUnpickle(members.get("archive/data.pkl")!) as {
    readonly dict: ReadonlyArray<readonly [string, any]>
  }
  const tensor = root.dict.find(([key]) => key === name)?.[1]?.tensor
  if (tensor === undefined) return undefined
  const [, { global }, key] = tensor.storage.storage.tuple
  const [width, read] = npyTypes[typed[/^torch\.(\w+)Storage$/.exec(global)![1]!]!]!
  const data = members.get(`archive/data/${key}`)!
  const view = new DataView(data.buffer, data.byteOffset, data.length)
  const shape: ReadonlyArray<number> = tensor.shape.tuple
  const strides: ReadonlyArray<number> = tensor.strides.tuple
  const values: Array<number> = []
  const walk = (d: number, at: number): void => {
    if (d === shape.length) values.push(read(view, at * width) + 0)
    else for (let i = 0; i < shape[d]!; i++) walk(d + 1, at + i * strides[d]!)
  }
  walk(0, tensor.offset)
  return { shape, values }
}

/** The tensor `logical_count` of a recording, steps of zeros left out. */
export const plainStat = (bytes: Uint8Array): Found | undefined => {
  try {
    const { shape, values: counts } = tensorIn(bytes, "logical_count")!
    if (!counts.every(isCount) || counts.every((count) => count === 0)) return undefined
    const experts = shape.at(-1)!
    const size = shape.at(-2)! * experts
    const steps = Array.from({ length: counts.length / size }, (_, s) => counts.slice(s * size, (s + 1) * size))
    const held = steps.filter((step) => step.some((count) => count > 0))
    return scaled({ steps: held.length, experts, counts: held.flat() })
  } catch {
    return undefined
  }
}

/** A sparse table of a layer and an expert each, layers ascending, all experts up to the highest. */
const spread = (
  rows: ReadonlyArray<readonly [layer: number, expert: number, load: number]>,
  least = 0
): Found | undefined => {
  const layers = [...new Set(rows.map(([layer]) => layer))].toSorted((a, b) => a - b)
  const experts = Math.max(least, ...rows.map(([, expert]) => expert + 1))
  if (rows.length === 0 || layers.length * experts > 1024 * rows.length + 65_536) return undefined
  const counts = Array.from({ length: layers.length * experts }, () => 0)
  for (const [layer, expert, load] of rows) counts[layers.indexOf(layer) * experts + expert] = load
  return scaled({ steps: 1, experts, counts })
}

export const plainCsvCounts = (bytes: Uint8Array): Found | undefined => {
  const text = Buffer.from(bytes).toString("latin1")
  const [header, ...lines] = text.split("\n").map((line) => line.replace(/\r$/, ""))
  if (!text.endsWith("\n")) return undefined
  const names = header!.split(",").map((name) =>
    name
      .trim()
      .toLowerCase()
      .replace(/_?(id|idx|index)$/, "")
  )
  const at = [["layer"], ["expert"], ["count", "counts", "load", "activation", "activations", "token", "tokens"]].map(
    (ones) => names.findIndex((name) => ones.includes(name))
  )
  if (names.length !== 3 || at.includes(-1)) return undefined
  const rows: Array<readonly [number, number, number]> = []
  for (const line of lines.slice(0, -1)) {
    const cells = line.split(",")
    const [layer, expert, load] = at.map((column) => cells[column] ?? "")
    if (cells.length !== 3 || !/^\d+$/.test(layer!) || !/^\d+$/.test(expert!)) return undefined
    if ([layer, expert].some((n) => (n!.length > 1 && n!.startsWith("0")) || Number(n) > 65_535)) return undefined
    if (!/^\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(load!) || !isCount(Number(load))) return undefined
    if (rows.some(([l, e]) => l === Number(layer) && e === Number(expert))) return undefined
    rows.push([Number(layer), Number(expert), Number(load)])
  }
  return spread(rows)
}

const layerOf = (key: string): number | undefined => {
  const found = /^(?:(?:[\w.]{0,40}\.)?layers?[_.]?)?(\d{1,5})(?:\.[\w.]{1,40})?$/.exec(key)?.[1]
  return found === undefined ? undefined : Number(found)
}

/** One table by layer of a JSON object, alone or under one key. */
export const plainLayerJson = (bytes: Uint8Array): Found | undefined => {
  try {
    const text = Buffer.from(bytes).toString("latin1")
    const value = JSON.parse(text) as Record<string, any>
    if (repeatsKey(text) || typeof value !== "object" || value === null || Array.isArray(value)) return undefined
    const isRow = (row: any): boolean =>
      Array.isArray(row)
        ? typeof row[0] === "number"
        : typeof row === "object" &&
          row !== null &&
          Object.keys(row).length > 0 &&
          Object.entries(row).every(([expert, load]) => /^\d{1,5}$/.test(expert) && typeof load === "number")
    const layersOf = (table: Record<string, any>) => Object.entries(table).filter(([key]) => layerOf(key) !== undefined)
    const rowsOf = (table: Record<string, any>) => layersOf(table).filter(([, row]) => isRow(row))
    /** Tables by their keys from the outside in, and every number that an object says of its experts, in order. */
    const tables: Array<readonly [string, ReadonlyArray<readonly [string, any]>, Record<string, any>]> = []
    const said: Array<number> = []
    const walk = (table: Record<string, any>, path: string, depth: number): void => {
      if (rowsOf(table).length > 0) tables.push([path, rowsOf(table), table])
      for (const [key, inner] of Object.entries(table)) {
        if (/^num_(?:logical_)?experts$/.test(key) && typeof inner === "number") said.push(inner)
        const isObject = typeof inner === "object" && inner !== null && !Array.isArray(inner)
        if (isObject && depth < 3 && layerOf(key) === undefined)
          walk(inner, path === "" ? key : `${path}.${key}`, depth + 1)
      }
    }
    walk(value, "", 0)
    const named = tables.filter(([key]) => /counts?$|loads?$/.test(key))
    const chosen = tables.length === 1 ? tables[0]! : named.length === 1 ? named[0]! : undefined
    if (chosen === undefined) return undefined
    const [, picked, whole] = chosen
    if (layersOf(whole).length !== picked.length) return undefined
    const widths = new Set(picked.filter(([, row]) => Array.isArray(row)).map(([, row]) => row.length))
    if (widths.size > 1) return undefined
    const rows = picked.flatMap(([key, row]) =>
      Object.entries(row as Record<string, unknown>).map(([expert, load]) => {
        if (!/^\d{1,5}$/.test(expert) || !isCount(load)) throw new Error("no count")
        return [layerOf(key)!, Number(expert), load + 0] as const
      })
    )
    if (new Set(rows.map(([l, e]) => `${l} ${e}`)).size !== rows.length) return undefined
    if (said.some((count) => !(Number.isSafeInteger(count) && count >= 0))) return undefined
    const told = said.at(-1)
    if (told !== undefined && !(Number.isInteger(told) && told >= 0 && told <= 65_535)) return undefined
    const found = spread(rows, told ?? 0)
    return told === undefined || told === 0 || found?.experts === told ? found : undefined
  } catch {
    return undefined
  }
}

/** Counts of an imatrix: tensors of 32-bit floats by the names of the experts' tensors. */
export const plainImatrix = (bytes: Uint8Array): Found | undefined => {
  const b = Buffer.from(bytes)
  let at = 24
  const u32 = () => b.readUInt32LE((at += 4) - 4)
  const u64 = () => Number(b.readBigUInt64LE((at += 8) - 8))
  const word = () => {
    const length = u64()
    return b.toString("utf8", at, (at += length))
  }
  const skip = (type: number): void => {
    if (type === 8) word()
    else if (type === 9) {
      const of = u32()
      for (let n = u64(); n > 0; n--) skip(of)
    } else at += [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8][type]!
  }
  const [tensors, values] = [Number(b.readBigUInt64LE(8)), Number(b.readBigUInt64LE(16))]
  for (let i = 0; i < values; i++) {
    word()
    skip(u32())
  }
  const all = Array.from({ length: tensors }, () => {
    const name = word()
    const shape = Array.from({ length: u32() }, u64)
    return { name, shape, type: u32(), at: u64() }
  })
  const data = Math.ceil(at / 32) * 32
  const rows = new Map<number, { readonly name: string; readonly counts: ReadonlyArray<number> }>()
  for (const tensor of all) {
    const layer = /^blk\.(\d{1,5})\.ffn_(?:down|up|gate|gate_up)_exps\.weight\.counts$/.exec(tensor.name)?.[1]
    if (layer === undefined) continue
    const known = rows.get(Number(layer))
    if (known !== undefined && known.name < tensor.name) continue
    if (tensor.type !== 0) return undefined
    const counts = Array.from({ length: product(tensor.shape) }, (_, i) => b.readFloatLE(data + tensor.at + 4 * i))
    rows.set(Number(layer), { name: tensor.name, counts })
  }
  const sorted = [...rows].toSorted(([a], [c]) => a - c).map(([, { counts }]) => counts)
  if (sorted.length === 0 || sorted.some((row) => row.length !== sorted[0]!.length || !row.every(isCount)))
    return undefined
  return scaled({ steps: 1, experts: sorted[0]!.length, counts: sorted.flat().map((count) => count + 0) })
}
