/** Strict base64 (RFC 4648, section 4), as engines put arrays into JSON. */
import type { JsonCursor } from "./cursor.ts"

/** The bytes of a base64 string; Node's own decoder would pass over what is not base64. */
export const readBase64 = (cursor: JsonCursor): Uint8Array => {
  cursor.kind()
  const at = cursor.at
  const text = cursor.string()
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text))
    throw cursor.faultAt("Malformed", at, "the string is not base64")
  return Uint8Array.from(Buffer.from(text, "base64"))
}
