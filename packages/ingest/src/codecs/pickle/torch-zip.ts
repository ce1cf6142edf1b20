/** The format of torch.save since PyTorch 1.6: a zip archive with a pickle and a member for each storage. */
import type { ByteSource } from "../bytes/byte-source.ts"
import { ContentFault } from "../../fault/content-fault.ts"
import { FileArchive } from "./archive.ts"
import type { TorchContainer } from "./torch-container.ts"
import { unpickle } from "./unpickle.ts"

/** Bytes of `data.pkl`: tensors lie beside it, arrays of NumPy in it. Packed, it may claim less, since it takes no room. */
const maxPickle = 2 ** 29
const maxPacked = 2 ** 26

const malformed = (place: string, what: string) => new ContentFault("Malformed", place, what)

/** The one pickle of the archive and the folder that it lies in. */
const findPickle = (archive: FileArchive) => {
  const names = [...archive.members.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name))
  if (names.length !== 1)
    throw malformed("byte 0", `holds ${names.length} members FOLDER/data.pkl, where torch.save writes one`)
  return { member: names[0]!, folder: names[0]!.slice(0, -"data.pkl".length) }
}

export const openZip = (source: ByteSource): TorchContainer => {
  const archive = new FileArchive(source)
  const { member, folder } = findPickle(archive)
  const order = archive.members.get(`${folder}byteorder`)
  if (order !== undefined && Buffer.from(archive.read(order, 16)).toString("latin1") !== "little")
    throw malformed(`byte ${order.headerOffset}`, "its numbers are not little-endian")
  const words = archive.members.get(member)!
  const root = unpickle(archive.read(words, words.method === 0 ? maxPickle : maxPacked), member)
  return {
    root,
    member,
    storage: (key) => {
      const entry = archive.members.get(`${folder}data/${key}`)
      if (entry === undefined) return undefined
      return { place: `byte ${entry.headerOffset}`, size: entry.size, read: () => archive.read(entry) }
    }
  }
}
