/** Strict base64 (RFC 4648, section 4), as engines put arrays into JSON. */
import type { JsonCursor } from "./cursor.ts"

/** How many bytes so many characters are, `=` at their end left out; undefined where base64 cannot be so long. */
const decodedLength = (text: string): number | undefined => {
  if (text.length % 4 !== 0) return undefined
  return (text.length / 4) * 3 - (text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0)
}

/** The bytes of a base64 string. */
export const readBase64 = (cursor: JsonCursor): Uint8Array => {
  cursor.kind()
  const at = cursor.at
  const { buffer, byteOffset, length } = cursor.plainStringBytes()
  const text = Buffer.from(buffer, byteOffset, length).toString("latin1")
  // Node passes over what is not base64, and knows the other alphabet (- and _): then there are too few bytes, or one of these.
  const bytes = Buffer.from(text, "base64")
  if (bytes.length !== decodedLength(text) || text.includes("-") || text.includes("_"))
    throw cursor.faultAt("Malformed", at, "the string is not base64")
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}
