/** Reads arrays out of `.npz` archives, one at a time. */
import { ContentFault } from "../../fault/content-fault.ts"
import { unzip, type ZipMember, zipMembers } from "../zip/zip.ts"
import { type NpyArray, readNpy } from "./npy.ts"

/** An open archive: the names of its arrays, and each array when it is asked for. */
export interface Npz {
  readonly names: ReadonlySet<string>
  /** Throws `ContentFault` where there is no such array or it is damaged; places count from the array's own start. */
  readonly array: (name: string) => NpyArray
}

const ending = ".npy"

/** Opens an archive in memory; nothing is unpacked yet. Throws `ContentFault`. */
export const openNpz = (bytes: Uint8Array): Npz => {
  const members = zipMembers(bytes)
  const arrays = new Map<string, ZipMember>()
  for (const [name, member] of members) if (name.endsWith(ending)) arrays.set(name.slice(0, -ending.length), member)
  return {
    names: new Set(arrays.keys()),
    array: (name) => {
      const member = arrays.get(name)
      if (member === undefined) throw new ContentFault("WrongShape", "byte 0", `has no array ${name}`)
      const content = unzip(bytes, member)
      try {
        return readNpy(content)
      } catch (cause) {
        if (!(cause instanceof ContentFault)) throw cause
        throw new ContentFault(cause.reason, `array ${name}, ${cause.place}`, cause.message, cause.hint)
      }
    }
  }
}
