import { insightsDocument } from "@moira/report/insights"
import { loadKinds, writeReport } from "@moira/report/node"
import { type AnalysisDocument, type CountsAnalysisDocument, documentText } from "@moira/results"
import { isCountsStore, openCounts, storeLayer } from "@moira/trace/node"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import * as os from "node:os"
import * as path from "node:path"
import { analyse, analyseCounts, matrixFiles, type OwnDocument, spatial, temporal } from "@moira/pipeline"
import { Runner } from "@moira/core"
import { saveFile, saveText } from "@moira/core/node"
import { listed } from "../command.ts"
import { analysisText } from "../terminal/analysis-text.ts"
import { countsAnalysisText } from "../terminal/counts-analysis-text.ts"
import { tellInputWarnings } from "../terminal/input-warnings.ts"
import { note, print } from "../terminal/output.ts"
import { withProgress } from "../terminal/progress-bar.ts"
import { common, heldOutShare, nameList, numberList, reportFormats, runnerFlags, seed } from "../flags/shared.ts"
import { checkedDocuments, kindsOf, loadAnalyses } from "../inputs/own-analyses.ts"

export default Command.make(
  "analyze",
  {
    store: Argument.String("store").pipe(Argument.withDescription("directory of a store of traces or counts")),
    only: Flag.Literals("only", ["temporal", "spatial", "temporal,spatial"]).pipe(
      Flag.withDefault("temporal,spatial" as const),
      Flag.withDescription("which analyses to run")
    ),
    layers: numberList("layers", 0).pipe(
      Flag.optional,
      Flag.withDescription("layers to draw heatmaps and profiles of")
    ),
    heldOut: heldOutShare,
    seed,
    out: Flag.String("out").pipe(Flag.optional, Flag.withDescription("directory for analysis.json and the report")),
    matrices: Flag.String("matrices").pipe(
      Flag.optional,
      Flag.withDescription(
        "directory for the joint and conditional matrices of every layer, to the next MoE layer and the next token (.npy)"
      )
    ),
    ...runnerFlags(Math.min(4, os.availableParallelism())),
    with: nameList("with").pipe(
      Flag.optional,
      Flag.withDescription(
        "analyses of one's own in the same pass: packages or paths; --out writes ID.json of each and reports them"
      )
    ),
    ...common
  },
  Effect.fnUntraced(function* ({
    store,
    only,
    layers,
    heldOut,
    seed: from,
    out,
    matrices,
    workers,
    runner,
    with: names,
    json,
    quiet
  }) {
    const wanted = only.split(",") as ReadonlyArray<"temporal" | "spatial">
    const options = {
      heldOutShare: heldOut,
      seed: from,
      ...Option.match(layers, { onNone: () => ({}), onSome: (list) => ({ layers: list }) })
    }
    const named = Option.getOrElse(names, () => [])
    const own = yield* loadAnalyses(named)
    const finish = Effect.fnUntraced(function* (
      document: AnalysisDocument | CountsAnalysisDocument,
      text: string,
      others: ReadonlyArray<OwnDocument> = []
    ) {
      yield* tellInputWarnings(document)
      const checked = yield* checkedDocuments(others.length === 0 ? [] : own, others)
      if (Option.isSome(out)) {
        const file = path.join(out.value, "analysis.json")
        yield* saveText(file, documentText(document))
        const insights = path.join(out.value, "insights.json")
        if (document.schema === "moira-analysis/1") {
          yield* saveText(insights, documentText(insightsDocument(document)))
        }
        const ownFiles = checked.map(({ id, text: content }) => ({ file: path.join(out.value, `${id}.json`), content }))
        for (const { file: ownFile, content } of ownFiles) yield* saveText(ownFile, content)
        const files = yield* writeReport({
          documents: [document, ...checked.map((one) => one.document)],
          out: out.value,
          formats: reportFormats,
          kinds: yield* loadKinds([], kindsOf(own))
        })
        yield* note(
          `wrote ${[file, ...(document.schema === "moira-analysis/1" ? [insights] : []), ...ownFiles.map((one) => one.file), ...files].join(", ")}`
        )
      }
      yield* print(json ? documentText(document) : text)
      if (Option.isNone(out) && checked.length > 0) {
        if (json) yield* note(`what ${named.join(", ")} found is written with --out`)
        else for (const one of checked) yield* print(one.text)
      }
    })
    if (isCountsStore(store)) {
      if (Option.isSome(layers))
        yield* note("--layers says which layers of a trace to draw; counts are analysed at all")
      if (Option.isSome(matrices)) yield* note("--matrices is for traces: counts do not say which experts follow which")
      if (own.length > 0) yield* note("--with is for traces: counts hold no requests and no tokens")
      const document = yield* analyseCounts(yield* openCounts(store), { ...options, analyses: wanted })
      return yield* finish(document, countsAnalysisText(document))
    }
    const analyses = [...wanted.map((name) => ({ temporal, spatial })[name]), ...own]
    const [document, ...others] = yield* withProgress(
      analyse({ ...options, analyses }).pipe(Effect.provide([storeLayer(store), Runner.named(runner, workers)])),
      quiet
    )
    if (Option.isSome(matrices)) {
      const save = (name: string, content: string | Uint8Array) => saveFile(path.join(matrices.value, name), content)
      const written = yield* matrixFiles(save, { phases: ["both", "prefill", "decode"] }).pipe(
        Effect.provide(storeLayer(store))
      )
      yield* note(`wrote ${written} joint and as many conditional matrices to ${matrices.value}`)
    }
    yield* finish(document, analysisText(document), others)
  })
).pipe(
  Command.withDescription(
    "Find the temporal and spatial patterns of a store: Ob1 to Ob5 of traces, Ob3 and Ob4 of counts"
  ),
  listed(6)
)
