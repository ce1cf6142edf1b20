/**
 * Key concept: a format says how its files are recognised, listed and decoded; streams, threads, resuming and skipping bad
 * files come with `defineFormat`.
 *
 * [1] recognised from content, never from the name alone; `why` is told where nothing recognises a file.
 * [2] one line a request, `own PREFILL DECODE id id ...`, ids as `[token][layer][k]`; a fault names line and byte.
 * [3] ids go on as a view with strides: they are checked against the model and copied once.
 */
import { type Model, moeLayers } from "@moira/core"
import { ContentFault, linesOf, maxHeldBytes } from "@moira/ingest/codecs"
import type { TraceSource } from "@moira/ingest"
import { byToken, defineFormat, inFillOrder, labelFile, type LabelledFile, labelsOf } from "@moira/ingest/parts"
import { layerMajor, listFiles, modelFor } from "@moira/ingest/parts"
import type { TraceRequest } from "@moira/trace"
import { Effect } from "effect"

const endings = [".own"]

const requestsOf = (model: Model) =>
  function* (file: LabelledFile): Generator<TraceRequest> {
    const layers = moeLayers(model).length
    let requests = 0
    for (const { number, at, bytes, ended } of linesOf(file.path, maxHeldBytes)) {
      const place = `line ${number}, byte ${at}`
      if (!ended) throw new ContentFault("Truncated", place, "the last line does not end in a line feed")
      // [2]
      const text = String.fromCharCode(...bytes)
      const found = /^own (0|[1-9]\d{0,6}) (0|[1-9]\d{0,6})((?: (?:0|[1-9]\d{0,4}))+)$/.exec(text)
      if (found === null) throw new ContentFault("Malformed", place, "not `own PREFILL DECODE id id ...`")
      const [prefillTokens, decodeTokens] = [Number(found[1]), Number(found[2])]
      const values = Int32Array.from(found[3]!.trim().split(" "), Number)
      const tokens = prefillTokens + decodeTokens
      const wanted = tokens * layers * model.topK
      if (values.length !== wanted)
        throw new ContentFault(
          "Ragged",
          place,
          `${values.length} ids, where ${tokens} tokens of ${model.id} have ${wanted}`
        )
      // [3]
      const ids = layerMajor(byToken({ values, tokens, layers, topK: model.topK, place: () => place }), model)
      requests++
      yield {
        ...labelsOf(file),
        source: `${file.path}, ${place}`,
        prefillTokens,
        decodeTokens,
        ids
      }
    }
    if (requests === 0) throw new ContentFault("Truncated", "byte 0", "the file holds no request")
  }

const format: TraceSource = defineFormat({
  id: "own-trace-format",
  title: "own trace format, one request a line",
  endings,
  // [1]
  recognises: ({ bytes }) =>
    new TextDecoder("latin1").decode(bytes.subarray(0, 4)) === "own "
      ? { matches: true }
      : { matches: false, why: "its first line does not begin with own" },
  list: Effect.fnUntraced(function* (paths, options) {
    const files = (yield* listFiles(paths, endings)).map(labelFile).toSorted(inFillOrder)
    return { files, model: yield* modelFor(files, options.model, () => ({})) }
  }),
  decode: requestsOf
})

export default format
