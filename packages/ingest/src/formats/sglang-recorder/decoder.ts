/** Decodes recordings of SGLang's recorder in mode `per_token`. Imports little, since worker threads load it. */
import type { TraceRequest } from "@moira/trace"
import { missingExpert } from "@moira/trace/segments"
import type { Model } from "@moira/core"
import * as fs from "node:fs"
import { besideFault, ContentFault } from "../../fault/content-fault.ts"
import type { LabelledFile } from "../../parts/layout.ts"
import { bytesOfFile } from "../../codecs/bytes/byte-source.ts"
import { openTorch } from "../../codecs/pickle/torch-file.ts"
import { sha256 } from "../../codecs/bytes/sha256.ts"
import { labelsOf } from "../../parts/labels.ts"
import { type DecodeRow, DecodeRows } from "./decode-rows.ts"
import { cutTokens, passIds, type PassIds, type RawPass, readRawPass } from "./pass-ids.ts"
import { tokensOf } from "./pass-tokens.ts"
import { type PassRecord, type RankedFile, readSlotMap, type Recording, recordsOf } from "./recording.ts"

const passDigest = ({ pass }: PassRecord, { layers, tokens, slots }: RawPass): string =>
  `${pass} ${layers} ${tokens} ${sha256(new Uint8Array(slots.buffer, slots.byteOffset, slots.byteLength))}`

const decodeRequest = (file: LabelledFile, { firstRecord, lastRecord, row, tokens, ids }: DecodeRow): TraceRequest => ({
  ...labelsOf(file),
  source: `${file.path}, records ${firstRecord} to ${lastRecord}, row ${row}`,
  prefillTokens: 0,
  decodeTokens: tokens,
  ids
})

/** Tokens `from` to `to` of a pass as a request of prefill only. */
const prefillRequest = (
  file: LabelledFile,
  record: PassRecord,
  pass: PassIds,
  topK: number,
  from: number,
  to: number
): TraceRequest => {
  const ids = cutTokens(pass, topK, from, to)
  const source = `${file.path}, record ${record.index}, tokens ${from} to ${to - 1}`
  return { ...labelsOf(file), source, prefillTokens: to - from, decodeTokens: 0, ids }
}

/** Requests of a pass of prompts: its pieces one after another; rows after the last are padding of the batch. */
const pieces = function* (
  file: LabelledFile,
  record: PassRecord,
  pass: PassIds,
  topK: number,
  lengths: ReadonlyArray<number>
) {
  let from = 0
  for (const length of lengths) {
    if (length > 0) yield prefillRequest(file, record, pass, topK, from, from + length)
    from += length
  }
  if (from < pass.tokens && cutTokens(pass, topK, from, pass.tokens).some((id) => id !== missingExpert))
    throw new ContentFault("Ragged", `record ${record.index}`, `ids of tokens after the ${from} that its lengths make`)
}

/** Requests of one file. `seen` holds the passes that ranks before had. */
const requestsOfFile = (model: Model, seen: Map<string, number>) =>
  function* (file: RankedFile): Generator<TraceRequest> {
    const fd = fs.openSync(file.path, "r")
    try {
      const torch = openTorch(bytesOfFile(fd))
      const map = readSlotMap(torch)
      const rows = new DecodeRows(model.topK)
      for (const record of recordsOf(torch)) {
        const raw = readRawPass(torch, record)
        if (raw.tokens === 0) continue
        const digest = passDigest(record, raw)
        if ((seen.get(digest) ?? file.rank) !== file.rank) continue
        seen.set(digest, file.rank)
        const pass = passIds(torch, record, raw, map, model)
        const tokens = tokensOf(record, raw.tokens)
        if (tokens.kind === "decode") {
          for (const row of rows.add(record.index, tokens.positions, pass)) yield decodeRequest(file, row)
        } else yield* pieces(file, record, pass, model.topK, tokens.kind === "extend" ? tokens.lengths : [raw.tokens])
      }
      for (const row of rows.end()) yield decodeRequest(file, row)
    } finally {
      fs.closeSync(fd)
    }
  }

const decode = (model: Model) =>
  function* ({ files }: Recording): Generator<TraceRequest> {
    const read = requestsOfFile(model, new Map())
    for (const file of files) {
      try {
        yield* read(file)
      } catch (cause) {
        throw besideFault(file.path, cause)
      }
    }
  }

export default decode
