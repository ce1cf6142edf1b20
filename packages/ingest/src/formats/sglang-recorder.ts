/**
 * SGLang's recorder in mode `per_token` (sglang/srt/eplb/expert_distribution.py): `.pt` files, one a rank, with the
 * physical slots that each token of each forward pass went to.
 */
import { missingExpert, type Model, type TraceRequest } from "@moira/trace"
import { Effect, Stream } from "effect"
import * as fs from "node:fs"
import { contentError, ContentFault } from "../content-fault.ts"
import { labelFile, type LabelledFile } from "../layout.ts"
import { listFiles } from "../list-files.ts"
import { bytesOfFile, withFile } from "../pickle/byte-source.ts"
import { openTorch, torchSample } from "../pickle/torch-file.ts"
import { labelsOf, sha256 } from "../selections/labels.ts"
import { modelFor, type SeenShape } from "../selections/model-by-shape.ts"
import { requestStream } from "../selections/stream.ts"
import { type DecodeRow, DecodeRows } from "../sglang/decode-rows.ts"
import { cutTokens, passIds, type PassIds, type RawPass, readRawPass, usedColumns } from "../sglang/pass-ids.ts"
import { type PassRecord, readSlotMap, recordsOf } from "../sglang/recording.ts"
import { tokensOf } from "../sglang/pass-tokens.ts"
import type { ReadOptions, TraceSource } from "../source.ts"

const endings = [".pt"]

const notes = [
  "SGLang records no request ids: each piece of a prompt in a forward pass became a request without decode tokens",
  "rows of decode passes were joined while every row of the batch went on at its next position, and cut where one did not",
  "a pass of which only ids were recorded became one request, its tokens counted as prefill",
  "passes that a rank before had recorded with the same ids were left out, as ranks that share tokens record them all",
  "slots were mapped to experts by the map at the end of recording"
]

interface RankedFile extends LabelledFile {
  readonly rank: number
}

const passDigest = ({ pass }: PassRecord, { layers, tokens, slots }: RawPass): string =>
  `${pass} ${layers} ${tokens} ${sha256(new Uint8Array(slots.buffer, slots.byteOffset, slots.byteLength))}`

const decodeRequest = (file: LabelledFile, { firstRecord, lastRecord, row, tokens, ids }: DecodeRow): TraceRequest => ({
  ...labelsOf(file),
  source: `${file.path}, records ${firstRecord} to ${lastRecord}, row ${row}`,
  sha256: sha256(ids),
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
  return { ...labelsOf(file), source, sha256: sha256(ids), prefillTokens: to - from, decodeTokens: 0, ids }
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

/** Requests of one file. `seen` holds the passes that ranks before had; it belongs to one run of the stream. */
const requestsOf = (model: Model, seen: Map<string, number>) =>
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

const rankOf = (file: string): number => withFile(file, (source) => recordsOf(openTorch(source))[0]!.rank)

const look = (file: string): SeenShape =>
  withFile(file, (source) => {
    const torch = openTorch(source)
    const record = recordsOf(torch)[0]!
    const raw = readRawPass(torch, record)
    const { experts } = readSlotMap(torch)
    return { layers: raw.layers, topK: usedColumns(raw), experts }
  })

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const read = Effect.fn("ingest.sglangRecorder.read")(function* (paths: ReadonlyArray<string>, options: ReadOptions) {
  const listed = yield* listFiles(paths, endings)
  const files: Array<RankedFile> = []
  for (const file of listed) {
    const rank = yield* Effect.try({ try: () => rankOf(file), catch: contentError(file) })
    files.push({ ...labelFile(file), rank })
  }
  // Each rank's recordings one after another, in the order of their names, which hold the time.
  const sorted = files.toSorted((a, b) => a.rank - b.rank || byText(a.path, b.path))
  const model = yield* modelFor(sorted, options.model, () => look(sorted[0]!.path))
  const requests = Stream.suspend(() => requestStream(sorted, requestsOf(model, new Map())))
  return { model, files: sorted.length, notes, requests }
})

const sglangRecorder: TraceSource = {
  id: "sglang-recorder",
  title: "SGLang recorder in mode per_token, .pt with the slots of each token of each forward pass",
  endings,
  recognises: ({ bytes }) => {
    const keys = torchSample(bytes, ["records", "topk_ids_of_layer", "input_ids"])
    if (keys === undefined) return { matches: false, why: "not written by torch.save" }
    if (keys.has("records") && (keys.has("topk_ids_of_layer") || keys.has("input_ids"))) return { matches: true }
    return { matches: false, why: "its pickle has no records with topk_ids_of_layer" }
  },
  read
}

export default sglangRecorder
