/** A format as a stranger writes it: one module without a decoder of its own, which threads load whole. */
import patternsJson from "../src/formats/patterns-json/index.ts"
import decode from "../src/formats/patterns-json/decoder.ts"
import { defineFormat } from "../src/parts/define-format.ts"

export default defineFormat({
  id: "own-format",
  title: "patterns by another name",
  endings: patternsJson.endings,
  recognises: patternsJson.recognises,
  list: patternsJson.perFile!.list,
  decode
})
