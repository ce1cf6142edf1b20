/** What a file looks like that no format knows, in a few words. */
import { JsonCursor } from "./codecs/json/cursor.ts"
import { firstMemberName } from "./codecs/zip/zip.ts"

/** The first keys of a JSON object of which the start is there. */
const keysOf = (bytes: Uint8Array): ReadonlyArray<string> => {
  const keys: Array<string> = []
  const cursor = new JsonCursor(bytes)
  try {
    cursor.object((key) => {
      keys.push(JSON.stringify(key.slice(0, 40)))
      cursor.skip()
    })
  } catch {
    // It ends somewhere: what came before is what can be said.
  }
  return keys.slice(0, 5)
}

const isText = (bytes: Uint8Array): boolean => bytes.every((c) => c >= 32 || (c >= 9 && c <= 13))

/** Describes the first bytes of a file. */
export const looksLike = (bytes: Uint8Array): string => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 4096)).toString("latin1")
  if (text.trim() === "") return "an empty file"
  if (text.startsWith("\x93NUMPY")) return "a NumPy array"
  if (text.startsWith("PK\x03\x04")) {
    const first = firstMemberName(bytes)
    return `a zip archive, as NumPy and torch write them${first === undefined ? "" : `, that begins with ${JSON.stringify(first.slice(0, 60))}`}`
  }
  if (text.startsWith("\xef\xbb\xbf"))
    return "text after a byte order mark, as some editors put it; save it as UTF-8 without one"
  if (text.startsWith("\xff\xfe") || text.startsWith("\xfe\xff"))
    return "text in UTF-16, as some shells write it; save it as UTF-8"
  if (text.startsWith("GGUF")) return "a gguf file"
  if (text.startsWith("PAR1")) return "a Parquet file"
  if (text.startsWith("\x1f\x8b") || text.startsWith("\x28\xb5\x2f\xfd")) return "a compressed file; unpack it first"
  if (bytes[0] === 0x80 && bytes[1]! >= 2 && bytes[1]! <= 5) return "a pickle"
  if (/^\s*\{/.test(text)) {
    const keys = keysOf(bytes)
    return keys.length === 0 ? "a JSON object" : `a JSON object with the keys ${keys.join(", ")}`
  }
  if (/^\s*\[/.test(text)) return "a JSON list"
  if (isText(bytes)) {
    const line = /^[^\n\r]*/.exec(text.trimStart())![0].slice(0, 60)
    return `text that begins ${JSON.stringify(Buffer.from(line, "latin1").toString("utf8"))}`
  }
  return "binary data"
}
