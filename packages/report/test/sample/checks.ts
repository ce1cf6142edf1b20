/** Checks that many tests share. */
import { assert } from "@effect/vitest"

const dataUri = /data:image\/png;base64,[A-Za-z0-9+/=]+/g

/** The text without embedded pictures, whose letters mean nothing. */
const withoutPictures = (text: string): string => text.replaceAll(dataUri, "data:image/png;base64,")

/** Nothing that a failed computation leaves behind. */
export const assertNoLeftovers = (text: string, what: string): void => {
  const found = /.{0,60}\b(?:NaN|undefined|Infinity|null|\[object Object\])\b.{0,40}/.exec(withoutPictures(text))
  assert.isNull(found, `${what}: ${found?.[0]}`)
}

/** No address other than the names of XML vocabularies, and nothing that loads something. */
export const assertSelfContained = (text: string, what: string): void => {
  const plain = withoutPictures(text)
  const addresses = (plain.match(/\b(?:https?|ftp|file|ws|wss):[^\s"'<>)]*|["'(]\/\/[^\s"'<>)]*/g) ?? []).filter(
    (address) => !address.startsWith("http://www.w3.org/")
  )
  assert.deepStrictEqual(addresses, [], what)
  assert.isFalse(/@import|<script|<link|<iframe|<object|<embed|\son[a-z]+\s*=|srcset|@font-face/i.test(plain), what)
}

const token =
  /<!--[^]*?-->|<\/([A-Za-z][\w:-]*)\s*>|<([A-Za-z][\w:-]*)((?:\s+[A-Za-z_:][\w:.-]*="[^"<]*")*)\s*(\/?)>|[^<]+/y
const entity = /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)/

/** A strict check of XML: every tag closed in order, attributes quoted and named once, no bare ampersand or bad character. */
export const assertWellFormed = (xml: string, what: string): void => {
  const open: Array<string> = []
  let roots = 0
  let position = 0
  while (position < xml.length) {
    token.lastIndex = position
    const match = token.exec(xml)
    assert.isNotNull(match, `${what}: no XML at ${JSON.stringify(xml.slice(position, position + 80))}`)
    const [whole, closing, opening, attributes, empty] = match
    position += whole.length
    assert.isFalse(entity.test(whole), `${what}: bare ampersand in ${whole.slice(0, 80)}`)
    if (closing !== undefined) assert.strictEqual(open.pop(), closing, what)
    else if (opening !== undefined) {
      const names = [...(attributes ?? "").matchAll(/([A-Za-z_:][\w:.-]*)="/g)].map((m) => m[1])
      assert.strictEqual(new Set(names).size, names.length, `${what}: attribute twice in ${whole.slice(0, 120)}`)
      if (open.length === 0) roots++
      if (empty === "") open.push(opening)
    } else if (open.length === 0) assert.match(whole, /^\s*$/, `${what}: text outside the root`)
  }
  assert.deepStrictEqual(open, [], what)
  assert.strictEqual(roots, 1, what)
  // oxlint-disable-next-line no-control-regex -- these are what XML forbids
  assert.isFalse(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(xml), `${what}: forbidden character`)
}

/** Fields of a CSV file, by RFC 4180 and nothing more lenient. */
export const parseCsv = (text: string): Array<Array<string>> => {
  const rows: Array<Array<string>> = []
  let row: Array<string> = []
  let i = 0
  while (i < text.length) {
    let field = ""
    if (text[i] === '"') {
      for (i++; ; i++) {
        if (i >= text.length) throw new Error("quote never closed")
        if (text[i] !== '"') field += text[i]
        else if (text[i + 1] === '"') field += text[i++]
        else break
      }
      i++
    } else {
      while (i < text.length && text[i] !== "," && text[i] !== "\r" && text[i] !== "\n") {
        if (text[i] === '"') throw new Error("quote inside a bare field")
        field += text[i++]
      }
    }
    row.push(field)
    if (text[i] === ",") i++
    else if (text[i] === "\r" && text[i + 1] === "\n") {
      rows.push(row)
      row = []
      i += 2
    } else throw new Error(`neither comma nor line end at ${i}`)
  }
  if (row.length > 0) throw new Error("last line without an end")
  return rows
}
