/** Decodes CSV files of selections with a header one by one. Imports little, since worker threads load it. */
import type { Model } from "@moira/core"
import type { Remark } from "@moira/trace"
import * as fs from "node:fs"
import { withFile } from "../../codecs/bytes/read-bounded.ts"
import { assumedPhase } from "../../parts/assumed-phase.ts"
import { recordOf } from "../../parts/by-record.ts"
import { labelsOf } from "../../parts/labels.ts"
import type { LabelledFile } from "../../parts/layout.ts"
import type { Decoded, DecodeOptions } from "../../source.ts"
import { headerOf } from "./lines.ts"
import { requestsOf } from "./requests.ts"

const note = (what: string): Remark => ({ kind: "note", what })

const lacking = note("prompt tokens without an output have no row in the last layer, so that these rows are missing")
const unnamed = note(
  "the file does not name requests: prompt tokens after decode, or a prompt token that comes again, start the next"
)

/** Which columns there are. */
const columnsOf = (file: string) =>
  withFile(file, (fd, size) => {
    const bytes = Buffer.alloc(Math.min(size, 4096))
    fs.readSync(fd, bytes, 0, bytes.length, 0)
    return headerOf(bytes.toString("latin1").split("\n")[0]!)
  })

const decode = (model: Model, { phase }: DecodeOptions) =>
  function* (file: LabelledFile): Generator<Decoded> {
    const header = columnsOf(file.path)
    const assumed = phase ?? "prefill"
    const told = [
      ...(header !== undefined && header.phase < 0 ? [assumedPhase("the file does not say phases", assumed)] : []),
      ...(header !== undefined && header.request < 0 ? [unnamed] : [])
    ]
    for (const made of requestsOf(file.path, model, assumed))
      yield recordOf(file.path, () => {
        const { prefillTokens, decodeTokens, ids, name, line, pruned } = made()
        const source = `${file.path}, line ${line}${name === "" ? "" : `, request ${name}`}`
        const remarks = [...told, ...(pruned ? [lacking] : [])]
        return { ...labelsOf(file), source, prefillTokens, decodeTokens, ids, remarks }
      })
  }

export default decode
