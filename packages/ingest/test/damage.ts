/** One random edit of a file, of the kinds that transfers, disks and bad converters make. */

const pieces = [
  ...'0 1 9 00 10 255 256 999 1000 4096 - + . e E N n , [ ] { } " : / null NaN Infinity -1 1.5 1e9'.split(" "),
  ..."99999999999999999999 true {} [] [[1,2]] ],[ },{".split(" "),
  "[".repeat(200),
  " ",
  "\n",
  "\r\n",
  "\t",
  "    ",
  "\0",
  "\x0f",
  "\x7f",
  "\x80",
  "\xb1",
  "\xff"
].map((text) => Buffer.from(text, "latin1"))

const kinds = [
  "insert",
  "overwrite",
  "delete",
  "cut",
  "duplicate",
  "flip",
  "digit",
  "same-id",
  "null",
  "swap-keys",
  "space"
] as const
export type Damage = (typeof kinds)[number]

const splice = (file: Uint8Array, from: number, to: number, piece: Uint8Array): Uint8Array =>
  Buffer.concat([file.subarray(0, from), piece, file.subarray(to)])

/** Replaces one of the matches of `pattern`, if there is any. */
const replaceOne = (
  file: Uint8Array,
  pattern: RegExp,
  below: (n: number) => number,
  by: (...groups: ReadonlyArray<string>) => string
): Uint8Array => {
  const matches = [...Buffer.from(file).toString("latin1").matchAll(pattern)]
  if (matches.length === 0) return file
  const match = matches[below(matches.length)]!
  return splice(file, match.index, match.index + match[0].length, Buffer.from(by(...match), "latin1"))
}

export const damage = (
  file: Uint8Array,
  below: (n: number) => number
): readonly [kind: Damage, damaged: Uint8Array] => {
  const kind = kinds[below(kinds.length)]!
  const at = below(file.length + 1)
  const piece = pieces[below(pieces.length)]!
  switch (kind) {
    case "insert":
      return [kind, splice(file, at, at, piece)]
    case "overwrite":
      return [kind, splice(file, at, Math.min(at + piece.length, file.length), piece)]
    case "delete":
      return [kind, splice(file, at, Math.min(at + 1 + below(40), file.length), Buffer.alloc(0))]
    case "cut":
      return [kind, file.slice(0, at)]
    case "duplicate": {
      const from = below(file.length + 1)
      return [kind, splice(file, at, at, file.slice(from, from + 1 + below(300)))]
    }
    case "flip": {
      const flipped = Uint8Array.from(file)
      if (at < file.length) flipped[at]! ^= 1 << below(8)
      return [kind, flipped]
    }
    case "digit":
      return [kind, replaceOne(file, /\d+/g, below, () => String(below([10, 30, 300, 2000, 1e9][below(5)]!)))]
    case "same-id":
      return [kind, replaceOne(file, /(\d+)(,\s*)\d+/g, below, (_, id, gap) => `${id}${gap}${id}`)]
    case "null":
      return [
        kind,
        replaceOne(file, /null|\[\s*\[[^[\]]*\]\s*\]/g, below, (was) => (was === "null" ? "[[1]]" : "null"))
      ]
    case "swap-keys":
      return [kind, replaceOne(file, /"(\d+)"/g, below, (_, layer) => `"${Number(layer) + 1 - 2 * below(2)}"`)]
    case "space":
    default:
      return [
        kind,
        replaceOne(file, /[,[\]{}:]/g, below, (mark) => [` ${mark}`, `${mark}\n`, `\r\n${mark}`][below(3)]!)
      ]
  }
}
