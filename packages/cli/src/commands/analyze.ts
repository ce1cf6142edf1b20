import { writeReport } from "@moira/report"
import { documentText, parquetStore, type AnalysisDocument, type Coverage } from "@moira/trace"
import { Effect, Option, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import * as path from "node:path"
import { analyse } from "../pipeline/analyse.ts"
import { saveText } from "../pipeline/save.ts"
import { note, print } from "../terminal/output.ts"
import { withProgress } from "../terminal/progress-bar.ts"
import { table } from "../terminal/table.ts"
import { common, numberList, reportFormats, seed } from "./flags.ts"

const percent = (share: number | null): string => (share === null ? "–" : `${(100 * share).toFixed(1)} %`)

const coverageRow = (name: string, coverage: Coverage | null | undefined): ReadonlyArray<ReadonlyArray<string>> =>
  coverage === null || coverage === undefined
    ? []
    : [
        [
          name,
          percent(coverage.heldOut),
          coverage.interval === null ? "–" : coverage.interval.map((x) => (100 * x).toFixed(1)).join(" – "),
          percent(coverage.popularity),
          percent(coverage.inSample)
        ]
      ]

/** The main figures of an analysis, for people. */
const analysisText = ({ temporal, spatial }: AnalysisDocument): string => {
  const rows = [
    ...coverageRow("Ob1 next layer", temporal?.crossLayer?.mean),
    ...coverageRow("Ob2 next token", temporal?.crossToken?.mean),
    ...coverageRow("Ob4 popularity", spatial?.popularity.mean?.coverage)
  ]
  const phases = temporal?.prefillDecode?.mean
  const rho = (value: number | null) => (value === null ? "–" : value.toFixed(2))
  const lines = [
    ...(phases === undefined
      ? []
      : [
          `Ob3 prefill to decode: rho ${rho(phases.rhoFrequency)} of frequencies, ` +
            `${rho(phases.rhoCrossLayer)} cross-layer, ${rho(phases.rhoCrossToken)} cross-token`
        ]),
    ...(spatial?.popularity.mean == null
      ? []
      : [`Ob4 hottest expert: ${spatial.popularity.mean.skewMaxOverMean.toFixed(1)} x the mean`]),
    ...(spatial?.pairs == null
      ? []
      : [`Ob5 pairs: the top 10 % hold ${percent(spatial.pairs.mean.top10Share)} of co-activations`]),
    ...[...(temporal?.notMeasured ?? []), ...(spatial?.notMeasured ?? [])].map(({ what, why }) => `${what}: ${why}`)
  ]
  const header = ["top 20 % cover", "held out", "95 % interval", "popularity", "in sample"]
  return [...(rows.length > 0 ? [table(header, rows)] : []), ...lines].join("\n")
}

const share = Flag.Finite("held-out").pipe(
  Flag.withDefault(0.5),
  Flag.withSchema(Schema.Finite.pipe(Schema.check(Schema.isBetween({ minimum: 0.05, maximum: 0.95 })))),
  Flag.withDescription("share of requests that judge instead of choose")
)

export const analyzeCommand = Command.make(
  "analyze",
  {
    store: Argument.String("store").pipe(Argument.withDescription("directory of a store")),
    only: Flag.Literals("only", ["temporal", "spatial", "temporal,spatial"]).pipe(
      Flag.withDefault("temporal,spatial" as const),
      Flag.withDescription("which analyses to run")
    ),
    layers: numberList("layers", 0).pipe(
      Flag.optional,
      Flag.withDescription("layers to draw heatmaps and profiles of")
    ),
    heldOut: share,
    seed,
    out: Flag.String("out").pipe(Flag.optional, Flag.withDescription("directory for analysis.json and the report")),
    ...common
  },
  Effect.fnUntraced(function* ({ store, only, layers, heldOut, seed: from, out, json, quiet }) {
    const options = {
      only: only.split(",") as ReadonlyArray<"temporal" | "spatial">,
      heldOutShare: heldOut,
      seed: from,
      ...Option.match(layers, { onNone: () => ({}), onSome: (list) => ({ layers: list }) })
    }
    const document = yield* withProgress(analyse(options).pipe(Effect.provide(parquetStore(store))), quiet)
    if (Option.isSome(out)) {
      const file = path.join(out.value, "analysis.json")
      yield* saveText(file, documentText(document))
      const files = yield* writeReport({ documents: [document], out: out.value, formats: reportFormats })
      yield* note(`wrote ${[file, ...files].join(", ")}`)
    }
    yield* print(json ? documentText(document) : analysisText(document))
  })
).pipe(Command.withDescription("Find the temporal and spatial patterns of a store: Ob1 to Ob5"))
