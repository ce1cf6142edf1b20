/** Decodes recordings of SGLang's recorder in mode `per_token`. Imports little, since worker threads load it. */
import type { Remark, TraceRequest } from "@moira/trace"
import { missingExpert } from "@moira/trace/segments"
import type { Model } from "@moira/core"
import * as fs from "node:fs"
import { besideFault, ContentFault } from "../../fault/content-fault.ts"
import type { LabelledFile } from "../../parts/layout.ts"
import { bytesOfFile } from "../../codecs/bytes/byte-source.ts"
import { openTorch } from "../../codecs/pickle/torch-file.ts"
import { sha256 } from "../../codecs/bytes/sha256.ts"
import { assumedPhase, tokensOfPhase } from "../../parts/assumed-phase.ts"
import { labelsOf } from "../../parts/labels.ts"
import type { AssumedPhase, BadRecord, Decoded, DecodeOptions } from "../../source.ts"
import { DecodeRows, type OpenRow } from "./decode-rows.ts"
import { joined } from "./joined.ts"
import { cutTokens, passIds, type PassIds, type RawPass, readRawPass } from "./pass-ids.ts"
import { isVerify, type PassTokens, tokensOf, verifiedTogether } from "./pass-tokens.ts"
import { type Part, type Prompt, Prompts } from "./prompts.ts"
import { type PassRecord, type RankedFile, readSlotMap, type Recording, recordsOf } from "./recording.ts"

const passDigest = ({ pass }: PassRecord, { layers, tokens, slots }: RawPass): string =>
  `${pass} ${layers} ${tokens} ${sha256(new Uint8Array(slots.buffer, slots.byteOffset, slots.byteLength))}`

const note = (what: string): Remark => ({ kind: "note", what })

const remarks = {
  requests: note(
    "SGLang records no request ids: passes were joined by positions and the order of the batch, and cut where several requests as long could have ended"
  ),
  mixed: note(
    "in passes of prompts and decoding together, the pieces of one token at the end that are not a request's first were taken as decode"
  ),
  drafts: note(
    "speculative decoding: drafts from which the next pass of the request does not go on were rejected; those of its last pass are taken as accepted"
  ),
  trees: note("of several drafts at one position the first was taken as the accepted one, which is not recorded"),
  draftModel: note("passes without any id, as those of the draft model are, were left out"),
  cached: note("tokens before the first of a prompt's pieces were taken as served from cache")
}

const why = "a pass of which only ids were recorded became one request"

/** A request of a prompt, of decode passes, or of both. */
const requestOf = (
  file: LabelledFile,
  prompt: Prompt | undefined,
  { row, parts }: Pick<OpenRow, "row" | "parts">,
  topK: number,
  told: ReadonlyArray<Remark>
): TraceRequest => {
  const all = [...(prompt?.parts ?? []), ...parts]
  const { trees, ...request } = joined(prompt?.parts ?? [], parts, topK)
  const [first, last] = [all[0]!.record, all.at(-1)!.record]
  const start = prompt?.start ?? 0
  const remarked = [
    remarks.requests,
    ...(request.runs === undefined ? [] : [remarks.drafts]),
    ...(trees ? [remarks.trees] : []),
    ...(start > 0 ? [remarks.cached] : [])
  ]
  return {
    ...labelsOf(file),
    source: `${file.path}, ${first === last ? `record ${first}` : `records ${first} to ${last}`}, row ${row}`,
    ...request,
    ...(start > 0 ? { cachedTokens: start } : {}),
    remarks: [...remarked, ...told]
  }
}

/** Rows of a pass of which no more is known as a request of one phase. */
const bareRequest = (
  file: LabelledFile,
  record: PassRecord,
  { tokens, ids }: PassIds,
  phase: AssumedPhase
): TraceRequest => {
  const source = `${file.path}, record ${record.index}`
  return { ...labelsOf(file), source, ...tokensOfPhase(tokens, phase), ids, remarks: [assumedPhase(why, phase)] }
}

/** The pieces of prompts in a pass; rows after the last are padding of the batch. Throws `ContentFault`. */
const piecesOf = (record: PassRecord, pass: PassIds, topK: number, { lengths, groups, positions }: PassTokens) => {
  let from = 0
  const parts = lengths.flatMap((length): ReadonlyArray<Part> => {
    const [at, to] = [from, (from += length)]
    // Positions are the prompt's own from 0 where none were recorded.
    const own = positions === undefined ? Array.from({ length }, (_, i) => i) : positions.slice(at, to)
    return length === 0 ? [] : [{ record: record.index, positions: own, ids: cutTokens(pass, topK, at, to) }]
  })
  from += groups.length
  const padding = from < pass.tokens && lengths.length > 0
  if (padding && cutTokens(pass, topK, from, pass.tokens).some((id) => id !== missingExpert))
    throw new ContentFault("Ragged", `record ${record.index}`, `ids of tokens after the ${from} that its lengths make`)
  return parts
}

/** What `read` makes of a pass, or why the pass is bad; that the file is of another model is said of the file. */
const byPass = <A>(file: string, read: () => A): A | BadRecord => {
  try {
    return read()
  } catch (cause) {
    if (!(cause instanceof ContentFault) || cause.reason === "WrongShape") throw cause
    return { bad: { reason: cause.reason, where: `${file}, ${cause.place}`, what: cause.message, hint: cause.hint } }
  }
}

/** Requests of one file. `seen` holds the passes that ranks before had. */
const requestsOfFile = (model: Model, options: DecodeOptions, seen: Map<string, number>) =>
  function* (file: RankedFile): Generator<Decoded> {
    const fd = fs.openSync(file.path, "r")
    try {
      const torch = openTorch(bytesOfFile(fd))
      const map = readSlotMap(torch)
      const { topK } = model
      const prompts = new Prompts()
      const rows = new DecodeRows(prompts)
      const records = recordsOf(torch)
      const speculative = records.some(isVerify)
      const drafts = verifiedTogether(records)
      const told = new Set<Remark>()
      const ofRow = (row: OpenRow) => requestOf(file, row.prompt, row, topK, [...told])
      const ofPrompt = (prompt: Prompt) => requestOf(file, prompt, { row: 0, parts: [] }, topK, [...told])
      for (const record of records) {
        const raw = readRawPass(torch, record)
        if (raw.tokens === 0) continue
        // The draft model runs in the same process with recording switched off, so that its passes are there and empty.
        if (speculative && raw.slots.every((slot) => slot === -1)) {
          told.add(remarks.draftModel)
          continue
        }
        const digest = passDigest(record, raw)
        if ((seen.get(digest) ?? file.rank) !== file.rank) continue
        seen.set(digest, file.rank)
        // A pass with wild ids costs that pass; the requests in it are cut there.
        const read = byPass(file.path, () => ({
          pass: passIds(torch, record, raw, map, model),
          tokens: tokensOf(record, raw.tokens, drafts)
        }))
        if ("bad" in read) {
          yield read
          continue
        }
        const { pass, tokens } = read
        if (tokens.unknown) {
          yield bareRequest(file, record, pass, tokens.phase ?? options.phase ?? "prefill")
          continue
        }
        if (tokens.mixed) told.add(remarks.mixed)
        prompts.begin()
        for (const piece of piecesOf(record, pass, topK, tokens)) yield* prompts.add(piece).map(ofPrompt)
        // In a pass of prompts alone the requests that decode wait, and go on in a later one.
        if (tokens.groups.length === 0) continue
        const parts = tokens.groups.map(({ from, positions }) => ({
          record: record.index,
          positions,
          ids: cutTokens(pass, topK, from, from + positions.length)
        }))
        yield* rows.add(parts).map(ofRow)
        yield* prompts.passedOver().map(ofPrompt)
      }
      yield* prompts.end().map(ofPrompt)
      yield* rows.end().map(ofRow)
    } finally {
      fs.closeSync(fd)
    }
  }

const decode = (model: Model, options: DecodeOptions) =>
  function* ({ files }: Recording): Generator<Decoded> {
    const read = requestsOfFile(model, options, new Map())
    for (const file of files) {
      try {
        yield* read(file)
      } catch (cause) {
        throw besideFault(file.path, cause)
      }
    }
  }

export default decode
