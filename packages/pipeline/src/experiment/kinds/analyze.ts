/** `run: analyze`: the patterns of a trace or of counts, as `moira analyze`. */
import { given, loadPlugin, PluginError } from "@moira/core"
import { spatial } from "@moira/spatial"
import { temporal } from "@moira/temporal"
import { type Analysis, analysisKind, TraceStore } from "@moira/trace"
import { Effect } from "effect"
import { analyse } from "../../analyse/analyse.ts"
import { analyseCounts } from "../../analyse/analyse-counts.ts"
import { ExperimentError } from "../error.ts"
import { usual } from "../usual.ts"
import { identityOf, listOf } from "./asked.ts"
import type { Computed, ExperimentRun } from "./kind.ts"

/** Names of files that an analysis has beside those of other makers. */
const taken = new Set(["analysis", "insights", "report"])

/** Analyses of other makers; two of one id would write the same file. */
const loadAnalyses = Effect.fnUntraced(function* (names: ReadonlyArray<string>) {
  const found: Array<Analysis> = []
  for (const name of names) {
    const { plugin } = yield* loadPlugin(analysisKind, name)
    if (taken.has(plugin.id) || found.some(({ id }) => id === plugin.id))
      return yield* new PluginError({
        reason: "NotThisKind",
        where: name,
        what: `another analysis has the id ${plugin.id}, which names its file`,
        hint: "give it an id of its own"
      })
    found.push(plugin)
  }
  return found
})

const analyze: ExperimentRun<"analyze"> = {
  run: "analyze",
  file: "analysis.json",
  prepare: Effect.fn("experiment.analyze")(function* (document, source) {
    const { seed = usual.seed, stages = {}, options = {} } = document
    const { only = ["temporal", "spatial"], layers, heldOutShare = usual.heldOutShare } = options
    const wanted = listOf(only)
    const own = yield* loadAnalyses(stages.analysis === undefined ? [] : listOf(stages.analysis))
    const asked = { heldOutShare, seed, ...given({ layers }) }
    const identity = { ...asked, only: wanted, analyses: own.map((plugin) => identityOf(analysisKind, plugin)) }
    if (source.kind === "trace") {
      const analyses = [...wanted.map((name) => ({ temporal, spatial })[name]), ...own]
      const alone = analyse({ ...asked, analyses }).pipe(
        Effect.provideService(TraceStore, source.reader),
        Effect.map(([patterns, ...others]): Computed => ({
          document: patterns,
          others: others.map((of, i) => ({ name: own[i]!.id, document: of }))
        }))
      )
      return { identity, files: {}, work: { alone } }
    }
    if (own.length > 0 || source.kind === "recording")
      return yield* new ExperimentError({
        reason: "BadValue",
        where: "stages.analysis",
        what: `${source.name} holds counts, no requests and no tokens`,
        hint: "leave stages.analysis out, or give a store of traces"
      })
    const alone = analyseCounts(source.reader, { analyses: wanted, heldOutShare, seed }).pipe(
      Effect.map((of): Computed => ({ document: of }))
    )
    return { identity, files: {}, work: { alone } }
  })
}

export default analyze
