/** Runs experiments one after the other over one bench, and gives their pages as data. */
import { loadPlugin, version } from "@moira/core"
import { documentText } from "@moira/results"
import { builtinNames } from "@moira/core/node"
import { loadKinds } from "@moira/report/node"
import { Effect } from "effect"
import * as path from "node:path"
import { type BenchOptions, makeBench } from "./bench.ts"
import type { ReproducedExperiment, ReproductionDocument } from "./document.ts"
import { reproductionKind } from "./reproduction.ts"

/** What draws pages: many modules, which wrong requests do without. */
const drawing = Effect.promise(async () => ({ ...(await import("./page.ts")), ...(await import("./index-page.ts")) }))

export interface ReproduceOptions extends BenchOptions {
  /** Names, packages or paths; none, or `all` among them, stands for every built-in one. */
  readonly experiments: ReadonlyArray<string>
  /** The command or program that pages say they were made with. */
  readonly how: string
  /** Every page also as one HTML file with its figures inside. */
  readonly html?: boolean
}

const isAll = (asked: ReadonlyArray<string>): boolean => asked.length === 0 || asked.includes("all")

/** `all` stands for every built-in experiment, in the study's order: figures, then tables, then the rest. */
const namesOf = (asked: ReadonlyArray<string>): ReadonlyArray<string> => {
  if (!isAll(asked)) return asked
  const order = (name: string) => Number(/\d+$/.exec(name)?.[0] ?? 99) + (name.startsWith("fig") ? 0 : 100)
  return builtinNames(reproductionKind).toSorted((a, b) => order(a) - order(b))
}

/**
 * Gives the document, and pages and figures by path, an index among them where all experiments were asked for. Only twins are
 * written, below `out`; they are kept between runs.
 */
export const reproduce = Effect.fn("reproduce.reproduce")(function* (options: ReproduceOptions) {
  const { how } = options
  const loaded = yield* Effect.forEach(
    namesOf(options.experiments),
    Effect.fnUntraced(function* (name) {
      return { id: path.basename(name).replace(/\.[a-z]+$/, ""), ...(yield* loadPlugin(reproductionKind, name)) }
    })
  )
  const traces = loaded.some(({ plugin }) => plugin.needsTraces !== false)
  const { drawnFigures, htmlPageOf, indexPage, ownFigures, pageOf } = yield* drawing
  const bench = yield* makeBench(traces ? options : { ...options, models: [], traces: [] })
  const kinds = yield* loadKinds()
  const experiments: Array<ReproducedExperiment> = []
  const files = new Map<string, string>()
  for (const { id, plugin } of loaded) {
    const { title, claim, figures } = plugin
    const { rows, notes, documents, drawings } = yield* plugin.run(bench)
    const experiment = { id, title, claim, rows, notes }
    experiments.push(experiment)
    const drawn = [...drawnFigures(id, figures, documents, { kinds }), ...ownFigures(id, drawings)]
    for (const { file, svg } of drawn) files.set(file, svg)
    files.set(`${id}.md`, pageOf(experiment, drawn, how))
    if (options.html === true) files.set(`${id}.html`, htmlPageOf(experiment, drawn, how))
  }
  const document: ReproductionDocument = {
    schema: "moira-reproduction/1",
    moira: version,
    seed: options.seed,
    twins: {
      requests: options.requests,
      prefillTokens: options.prefillTokens,
      decodeTokens: options.decodeTokens,
      contentSha256: Object.fromEntries(
        bench.subjects.map(({ model, twin }) => [model.id, twin.manifest.contentSha256])
      )
    },
    real: Object.fromEntries(
      bench.subjects.flatMap(({ model, real }) => (real === undefined ? [] : [[model.id, real.manifest.contentSha256]]))
    ),
    experiments
  }
  files.set("reproduction.json", documentText(document))
  if (isAll(options.experiments)) files.set("README.md", indexPage(document, how))
  const pages: ReadonlyMap<string, string> = files
  return { document, files: pages }
}, Effect.scoped)
