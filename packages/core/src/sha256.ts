/** SHA-256 wherever Moira runs, as hexadecimal text: the digests of Node's own without Node. */
import { sha256 as hashed } from "@noble/hashes/sha2.js"
import { bytesToHex } from "@noble/hashes/utils.js"

const encoder = new TextEncoder()

const bytesOf = (data: string | ArrayBufferView): Uint8Array =>
  typeof data === "string" ? encoder.encode(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

/** Digest of a text's UTF-8 or of an array's bytes as they lie in memory (ids of Uint16 are two bytes each, the low one first). */
export const sha256 = (data: string | ArrayBufferView): string => bytesToHex(hashed(bytesOf(data)))

/** Characters encoded at a time: a call a line costs more than the hashing. */
const blockCharacters = 1 << 16

/** Digest of whole texts one after the other, however many there are. */
export const sha256OfTexts = (texts: Iterable<string>): string => {
  const hash = hashed.create()
  let block = ""
  for (const text of texts) {
    block += text
    if (block.length < blockCharacters) continue
    hash.update(encoder.encode(block))
    block = ""
  }
  return bytesToHex(hash.update(encoder.encode(block)).digest())
}
