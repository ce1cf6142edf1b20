/** A file that torch.save wrote: plain data with tensors that are read on demand. */
import type { ByteSource } from "../bytes/byte-source.ts"
import { elementReader } from "./dtype.ts"
import { type Plain, type PlainDict, Storage, Tensor, Tuple } from "./plain.ts"
import { ContentFault } from "../../fault/content-fault.ts"
import { unpickle } from "./unpickle.ts"
import { FileArchive } from "./archive.ts"

/** Bytes of `data.pkl`: tensors lie beside it, so that only tokens and sizes are in it. */
const maxPickle = 2 ** 26

const malformed = (place: string, what: string) => new ContentFault("Malformed", place, what)

/** All tensors of a value, each once. */
const tensorsOf = (root: Plain): ReadonlyArray<Tensor> => {
  const seen = new Set<object>()
  const found: Array<Tensor> = []
  const visit = (value: Plain): void => {
    if (typeof value !== "object" || value === null || seen.has(value)) return
    seen.add(value)
    if (value instanceof Tensor) found.push(value)
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

/** The one pickle of the archive and the folder that it lies in. */
const findPickle = (archive: FileArchive) => {
  const names = [...archive.members.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name))
  if (names.length !== 1)
    throw malformed("byte 0", `holds ${names.length} members FOLDER/data.pkl, where torch.save writes one`)
  return { member: names[0]!, folder: names[0]!.slice(0, -"data.pkl".length) }
}

const openStorages = (archive: FileArchive, folder: string, member: string, tensors: ReadonlyArray<Tensor>) => {
  const types = new Map<string, Storage>()
  let stored = 0
  let used = 0
  for (const { storage, elements } of tensors.map((t) => ({ storage: t.storage, elements: t.elements }))) {
    const entry = archive.members.get(`${folder}data/${storage.key}`)
    const name = JSON.stringify(storage.key.slice(0, 40))
    if (entry === undefined) throw malformed(`${member}, byte 0`, `names storage ${name}, which the archive lacks`)
    if (entry.size !== storage.count * storage.type.bytes)
      throw malformed(
        `byte ${entry.headerOffset}`,
        `storage ${name} has ${entry.size} bytes, where ${storage.count} x ${storage.type.name} are named`
      )
    const known = types.get(storage.key)
    if (known !== undefined && known.type !== storage.type)
      throw malformed(
        `byte ${entry.headerOffset}`,
        `storage ${name} is named both as ${known.type.name} and as ${storage.type.name}`
      )
    if (known === undefined) stored += storage.count
    types.set(storage.key, storage)
    used += elements
  }
  // Views that overlap are how a small file makes much work.
  if (used > 2 * stored + 4096)
    throw malformed(`${member}, byte 0`, `tensors of ${used} elements on storages of ${stored}`)
}

/** Copies the elements of a view in C order; a hot loop without allocation. */
const copyStrided = (tensor: Tensor, element: (i: number) => number): Float64Array => {
  const { shape, strides, offset } = tensor
  const out = new Float64Array(tensor.elements)
  const index = new Uint32Array(shape.length)
  let at = offset
  for (let i = 0; i < out.length; i++) {
    out[i] = element(at)
    for (let d = shape.length - 1; d >= 0; d--) {
      at += strides[d]!
      if (++index[d]! < shape[d]!) break
      at -= shape[d]! * strides[d]!
      index[d] = 0
    }
  }
  return out
}

/** Opens a file that torch.save wrote; throws `ContentFault` where it is anything else. */
export const openTorch = (source: ByteSource): TorchFile => {
  const archive = new FileArchive(source)
  const { member, folder } = findPickle(archive)
  const order = archive.members.get(`${folder}byteorder`)
  if (order !== undefined && Buffer.from(archive.read(order, 16)).toString("latin1") !== "little")
    throw malformed(`byte ${order.headerOffset}`, "its numbers are not little-endian")
  const root = unpickle(archive.read(archive.members.get(member)!, maxPickle), member)
  openStorages(archive, folder, member, tensorsOf(root))
  const read = (tensor: Tensor): Float64Array => {
    const entry = archive.members.get(`${folder}data/${tensor.storage.key}`)!
    const bytes = archive.read(entry)
    return copyStrided(
      tensor,
      elementReader(tensor.storage.type, new DataView(bytes.buffer, bytes.byteOffset, bytes.length))
    )
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

/**
 * What the first bytes of a file say: whether it is of torch.save, and which of `keys` its pickle holds so far. The
 * pickle is the first member and is stored, so that its words can be seen.
 */
export const torchSample = (bytes: Uint8Array, keys: ReadonlyArray<string>): ReadonlySet<string> | undefined => {
  if (bytes.length < 64 || bytes[0] !== 0x50 || bytes[1] !== 0x4b || bytes[2] !== 3 || bytes[3] !== 4) return undefined
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1")
  if (!text.includes("/data.pkl")) return undefined
  return new Set(
    keys.filter(
      (key) =>
        text.includes(`${String.fromCharCode(key.length)}\0\0\0${key}`) ||
        text.includes(`\x8c${String.fromCharCode(key.length)}${key}`)
    )
  )
}
