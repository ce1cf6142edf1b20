/** Tells patterns-json from other files by its first bytes. */
import type { Recognition, TraceSample } from "../../source.ts"

const no = (why: string): Recognition => ({ matches: false, why })

const opening = /^[ \t\r\n]*\[[ \t\r\n]*\{/
/** After the opening: any number of dense layers, then a layer with rows of ids or with none. */
const layers = /^\s*(?:"\d+"\s*:\s*null\s*,\s*)*"\d+"\s*:\s*\[\s*(?:\[\s*\d|\])/

/** A list of objects whose keys are layer numbers and whose values are `null` or rows of integers. */
export const recognisePatterns = ({ bytes }: TraceSample): Recognition => {
  if (bytes.length === 0) return no("the file is empty")
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return no("it starts with a byte order mark")
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1")
  const start = opening.exec(text)
  if (start === null) return no("it does not start with a list of objects")
  if (!layers.test(text.slice(start[0].length))) return no("its first object does not map layer numbers to rows of ids")
  return { matches: true }
}
