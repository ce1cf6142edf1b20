/** A file that torch.save or pickle wrote: plain data with tensors that are read on demand. */
import type { ByteSource } from "../bytes/byte-source.ts"
import { elementReader, typedElements } from "./dtype.ts"
import { inOrder } from "./in-order.ts"
import { NumpyArray, type Plain, type PlainDict, Storage, Tensor, Tuple } from "./plain.ts"
import { ContentFault } from "../../fault/content-fault.ts"
import { maxHeldBytes } from "../bytes/read-bounded.ts"
import type { TorchContainer } from "./torch-container.ts"
import { isOldTorch, openOld } from "./torch-old.ts"
import { openZip } from "./torch-zip.ts"
import { unpickle } from "./unpickle.ts"

const malformed = (place: string, what: string) => new ContentFault("Malformed", place, what)

/** All tensors of a value, each once. */
const tensorsOf = (root: Plain): ReadonlyArray<Tensor> => {
  const seen = new Set<object>()
  const found: Array<Tensor> = []
  const visit = (value: Plain): void => {
    if (typeof value !== "object" || value === null || seen.has(value)) return
    seen.add(value)
    if (value instanceof Tensor) found.push(value)
    else if (value instanceof NumpyArray) value.items?.forEach(visit)
    else if (value instanceof Tuple) value.items.forEach(visit)
    else if (Array.isArray(value) || value instanceof Map) for (const item of value.values()) visit(item)
  }
  visit(root)
  return found
}

/** An open file: its value, and the elements of the tensors in it. */
export interface TorchFile {
  readonly root: Plain
  /** Name of the pickle in the archive, for messages. */
  readonly member: string
  /** The elements in C order, whatever the strides; whole numbers are exact below 2^53. */
  readonly read: (tensor: Tensor) => Float64Array
}

/** Every storage is there, of the size that its tensors say, and views do not overlap much. */
const checkStorages = ({ member, storage: find }: TorchContainer, tensors: ReadonlyArray<Tensor>) => {
  const types = new Map<string, Storage>()
  let stored = 0
  let used = 0
  for (const { storage, elements } of tensors.map((t) => ({ storage: t.storage, elements: t.elements }))) {
    const entry = find(storage.key)
    const name = JSON.stringify(storage.key.slice(0, 40))
    if (entry === undefined) throw malformed(`${member}, byte 0`, `names storage ${name}, which the file lacks`)
    if (entry.size !== storage.count * storage.type.bytes)
      throw malformed(
        entry.place,
        `storage ${name} has ${entry.size} bytes, where ${storage.count} x ${storage.type.name} are named`
      )
    const known = types.get(storage.key)
    if (known !== undefined && known.type !== storage.type)
      throw malformed(entry.place, `storage ${name} is named both as ${known.type.name} and as ${storage.type.name}`)
    if (known === undefined) stored += storage.count
    types.set(storage.key, storage)
    used += elements
  }
  // Views that overlap are how a small file makes much work.
  if (used > 2 * stored + 4096)
    throw malformed(`${member}, byte 0`, `tensors of ${used} elements on storages of ${stored}`)
}

/** True where the elements lie one after another in C order. */
const isContiguous = (shape: ReadonlyArray<number>, strides: ReadonlyArray<number>): boolean => {
  let step = 1
  for (let d = shape.length - 1; d >= 0; d--) {
    if (shape[d] !== 1 && strides[d] !== step) return false
    step *= shape[d]!
  }
  return true
}

/** A pickle by itself, as `pickle.dump` writes it. */
const openPickle = (source: ByteSource): TorchContainer => {
  if (source.size > maxHeldBytes * 4)
    throw new ContentFault("WrongShape", `byte ${maxHeldBytes * 4}`, `a pickle of ${source.size} bytes`)
  return { root: unpickle(source.read(0, source.size), "pickle"), member: "pickle", storage: () => undefined }
}

const containerOf = (source: ByteSource): TorchContainer => {
  const start = source.read(0, Math.min(source.size, 64))
  if (isOldTorch(start)) return openOld(source)
  return start[0] === 0x80 && start[1]! >= 2 && start[1]! <= 5 ? openPickle(source) : openZip(source)
}

/** Opens a file that torch.save or pickle.dump wrote; throws `ContentFault` where it is anything else. */
export const openTorch = (source: ByteSource): TorchFile => {
  const container = containerOf(source)
  const { root, member } = container
  checkStorages(container, tensorsOf(root))
  // Views of one storage are mostly read one after another, as the rows of a batch are.
  let last: { readonly key: string; readonly bytes: Uint8Array } | undefined
  const read = (tensor: Tensor): Float64Array => {
    const { key, type } = tensor.storage
    if (last?.key !== key) last = { key, bytes: container.storage(key)!.read() }
    const { bytes } = last
    const { shape, strides, offset, elements } = tensor
    const typed = isContiguous(shape, strides) ? typedElements(type, bytes, offset, elements) : undefined
    if (typed !== undefined) return typed instanceof Float64Array ? typed : new Float64Array(typed)
    const element = elementReader(type, new DataView(bytes.buffer, bytes.byteOffset, bytes.length))
    return inOrder(tensor.shape, tensor.strides, tensor.offset, element)
  }
  return { root, member, read }
}

/** A key of a dict that must hold a tensor of a rank. */
export const tensorOf = (dict: PlainDict, key: string, ranks: ReadonlyArray<number>, place: string): Tensor => {
  const value = dict.get(key)
  if (value instanceof Tensor && ranks.includes(value.shape.length)) return value
  const found = value instanceof Tensor ? `[${value.shape.join(", ")}]` : value === undefined ? "missing" : "no tensor"
  throw new ContentFault(
    "WrongShape",
    place,
    `${key} is ${found}, where a tensor of ${ranks.join(" or ")} dimensions belongs`
  )
}

/** True when `bytes` may be the start of a file of torch.save, of today's format or the old one, or of a pickle. */
const isTorchStart = (bytes: Uint8Array, text: string): boolean => {
  if (bytes[0] === 0x80) return bytes[1]! >= 2 && bytes[1]! <= 5
  return bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4 && text.includes("/data.pkl")
}

/**
 * What the first bytes of a file say: whether it is of torch.save or a pickle, and which of `keys` its pickle holds so
 * far. The pickle comes first and is not packed, so that its words can be seen.
 */
export const torchSample = (bytes: Uint8Array, keys: ReadonlyArray<string>): ReadonlySet<string> | undefined => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1")
  if (bytes.length < 16 || !isTorchStart(bytes, text)) return undefined
  return new Set(
    keys.filter(
      (key) =>
        text.includes(`${String.fromCharCode(key.length)}\0\0\0${key}`) ||
        text.includes(`\x8c${String.fromCharCode(key.length)}${key}`)
    )
  )
}
