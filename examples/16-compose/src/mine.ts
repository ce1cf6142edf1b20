/** An analysis of one's own: how often a token chooses an expert again that the token before it chose. */
import { column, type ReportedKind, table } from "@moira/report"
import { Input } from "@moira/results"
import type { Analysis } from "@moira/trace"
import { Schema } from "effect"

const Repeats = Schema.Struct({
  schema: Schema.Literal("my-repeats/1"),
  moira: Schema.String,
  input: Input,
  seed: Schema.Int,
  heldOutShare: Schema.Finite,
  result: Schema.Struct({
    /** Shares of the selections of decode tokens after the first; `null` without any. */
    layers: Schema.Array(Schema.Struct({ layer: Schema.Int, repeated: Schema.NullOr(Schema.Finite) }))
  })
})

const section = {
  id: "my-repeats",
  order: 760,
  title: "Repeated experts",
  lead: "How many experts the next token of an answer needs again: what need not be read a second time."
}

/** The kind of its result: a table is enough for a chapter. */
export const repeats: ReportedKind<typeof Repeats.Type> = {
  contract: "result/v1",
  id: "my-repeats",
  schema: "my-repeats/1",
  document: Repeats,
  metrics: new Map(),
  order: 1000,
  sections: [section],
  figures: [],
  tables: [
    table({ id: "my_repeats", section: section.id, place: "open" }, (evidence) => ({
      title: "Experts chosen again by the next token",
      columns: [column("layer", "Layer", "whole"), column("repeated", "Repeated", "share")],
      rows: evidence.of(repeats).flatMap(({ result }) => result.layers.map(({ layer, repeated }) => [layer, repeated]))
    }))
  ]
}

/** Counts by layer: exact whole numbers, so that any order of adding gives the same result. */
interface Counts {
  readonly again: Float64Array
  readonly all: Float64Array
}

const mine: Analysis<(typeof Repeats.Type)["result"], Counts> = {
  contract: "analysis/v1",
  id: "my-repeats",
  kind: repeats,
  module: () => import.meta.url,
  accumulator: ({ layers }) => ({
    id: "my-repeats",
    empty: () => ({ again: new Float64Array(layers.length), all: new Float64Array(layers.length) }),
    add: ({ again, all }, { layerIndex, current: { ids, offsets, prefillRows, requests, topK } }) => {
      for (let r = 0; r < requests; r++) {
        for (let token = offsets[r]! + prefillRows[r]! + 1; token < offsets[r + 1]!; token++) {
          const before = ids.subarray((token - 1) * topK, token * topK)
          for (let k = 0; k < topK; k++) if (before.includes(ids[token * topK + k]!)) again[layerIndex]!++
          all[layerIndex]! += topK
        }
      }
    },
    merge: (into, from) => {
      from.again.forEach((count, l) => (into.again[l]! += count))
      from.all.forEach((count, l) => (into.all[l]! += count))
    },
    finish: ({ again, all }) => ({
      layers: layers.map((layer, l) => ({ layer, repeated: all[l] === 0 ? null : again[l]! / all[l]! }))
    })
  })
}

export default mine
