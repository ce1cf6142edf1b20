/**
 * The format of torch.save before PyTorch 1.6, which `_use_new_zipfile_serialization=False` still writes: four pickles in a
 * row (a magic number, the version, sizes of the machine, the value), one with the keys of the storages, then each
 * storage as a 64-bit number of elements and their bytes. Layout: torch/serialization.py, _legacy_save.
 */
import type { ByteSource } from "../bytes/byte-source.ts"
import { ContentFault } from "../../fault/content-fault.ts"
import { type Plain, Storage, Tensor, Tuple } from "./plain.ts"
import type { StoredBytes, TorchContainer } from "./torch-container.ts"
import { unpickleFirst } from "./unpickle.ts"

/** `MAGIC_NUMBER` 0x1950a86a20f9469cfc6c as LONG1 and STOP, after the two bytes of the protocol. */
const magic = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e]
const magicEnd = 2 + magic.length
const version = 1001

/** Bytes of the pickles, which lie before the storages. */
const maxPickles = 2 ** 29
const firstPiece = 2 ** 20

const member = "pickle"

/** True when `bytes` start as a file of the old format does. */
export const isOldTorch = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x80 && bytes.length >= magicEnd && magic.every((byte, i) => bytes[i + 2] === byte)

const malformed = (place: string, what: string) => new ContentFault("Malformed", place, what)

/** A pickle in a file, read in larger pieces until it ends inside one. */
const pickleAt = (source: ByteSource, from: number): { readonly value: Plain; readonly end: number } => {
  for (let length = firstPiece; ; length *= 8) {
    const whole = source.size - from
    const bytes = source.read(from, Math.min(length, whole, maxPickles))
    try {
      const { value, end } = unpickleFirst(bytes, member)
      return { value, end: from + end }
    } catch (cause) {
      const mayGoOn = length < whole && length < maxPickles
      if (!(cause instanceof ContentFault && cause.reason === "Truncated" && mayGoOn)) throw cause
    }
  }
}

/** The keys that the file announces; those that the value names and no other. */
const keysOf = (value: Plain): ReadonlyArray<string> => {
  if (!Array.isArray(value) || !value.every((key) => typeof key === "string"))
    throw malformed(`${member}, byte 0`, "the keys of its storages are no list of text")
  if (new Set(value).size !== value.length) throw malformed(`${member}, byte 0`, "a storage comes twice")
  return value
}

/** Bytes an element by key, since the file itself counts elements. */
const widthsOf = (root: Plain): ReadonlyMap<string, number> => {
  const widths = new Map<string, number>()
  const seen = new Set<object>()
  const visit = (value: Plain): void => {
    if (typeof value !== "object" || value === null || seen.has(value)) return
    seen.add(value)
    if (value instanceof Tensor) widths.set(value.storage.key, value.storage.type.bytes)
    else if (value instanceof Storage) widths.set(value.key, value.type.bytes)
    else if (value instanceof Tuple) value.items.forEach(visit)
    else if (Array.isArray(value) || value instanceof Map) for (const item of value.values()) visit(item)
  }
  visit(root)
  return widths
}

/** Opens a file that `isOldTorch`. Throws `ContentFault`. */
export const openOld = (source: ByteSource): TorchContainer => {
  const told = pickleAt(source, magicEnd)
  if (told.value !== version)
    throw malformed(`${member}, byte ${magicEnd}`, `a version of torch's old format that is not ${version}`)
  const system = pickleAt(source, told.end)
  const little = system.value instanceof Map ? system.value.get("little_endian") : undefined
  if (little !== true) throw malformed(`${member}, byte ${told.end}`, "its numbers are not little-endian")
  const root = pickleAt(source, system.end)
  const keys = pickleAt(source, root.end)
  const widths = widthsOf(root.value)
  const stored = new Map<string, StoredBytes>()
  let at = keys.end
  for (const key of keysOf(keys.value)) {
    const name = JSON.stringify(key.slice(0, 40))
    const width = widths.get(key)
    if (width === undefined) throw malformed(`byte ${at}`, `storage ${name} is of no tensor`)
    if (at + 8 > source.size) throw new ContentFault("Truncated", `byte ${source.size}`, `ends before storage ${name}`)
    const head = source.read(at, 8)
    const count = Number(new DataView(head.buffer, head.byteOffset, 8).getBigInt64(0, true))
    const from = at + 8
    if (!(count >= 0 && count * width <= source.size - from))
      throw new ContentFault("Truncated", `byte ${at}`, `storage ${name} of ${count} elements ends after the file`)
    const size = count * width
    stored.set(key, { place: `byte ${at}`, size, read: () => source.read(from, size) })
    at = from + size
  }
  if (at !== source.size) throw malformed(`byte ${at}`, `${source.size - at} bytes after the last storage`)
  return { root: root.value, member, storage: (key) => stored.get(key) }
}
