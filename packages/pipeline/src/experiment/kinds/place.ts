/** `run: place`: where experts and their copies lie, as `moira place`. */
import { given, loadPlugin, sha256 } from "@moira/core"
import { exporterKind, optimizerKind } from "@moira/placement"
import { Effect } from "effect"
import { place } from "../../place/place.ts"
import { ExperimentInputs } from "../inputs.ts"
import { usual } from "../usual.ts"
import { builtMachine, identityOf, listOf, onlyMachine } from "./asked.ts"
import type { Computed, ExperimentRun } from "./kind.ts"
import { trafficAsked, trafficOf, windowDigests } from "./traffic.ts"

const run: ExperimentRun<"place"> = {
  run: "place",
  file: "place.json",
  prepare: Effect.fn("experiment.place")(function* (document, source) {
    const { seed = usual.seed, stages = {}, options = {} } = document
    const { machine, files } = yield* onlyMachine("place", document.machine)
    const {
      slots = usual.place.slots,
      redundant,
      batch = usual.place.batch,
      steps,
      migrationSlots,
      deadUnits = []
    } = options
    const optimizers = listOf(stages.optimizer ?? usual.place.optimizers)
    const exporters = stages.exporter === undefined ? undefined : listOf(stages.exporter)
    const inputs = yield* ExperimentInputs
    const present = options.present === undefined ? undefined : yield* inputs.text(options.present)
    if (present !== undefined) files[present.name] = sha256(present.text)
    const asked = trafficAsked(options, seed)
    Object.assign(files, yield* windowDigests(source, asked))
    const own = {
      ...machine,
      spare: redundant === undefined ? { slots } : { redundant },
      batchTokens: batch,
      deadUnits,
      seed,
      ...given({ steps, migrationSlots, present })
    }
    const loaded = yield* Effect.forEach(optimizers, (name) => loadPlugin(optimizerKind, name))
    const forms = yield* Effect.forEach(exporters ?? [], (name) => loadPlugin(exporterKind, name))
    const identity = {
      ...own,
      machine: yield* builtMachine(machine),
      traffic: asked,
      optimizers: loaded.map(({ plugin }) => identityOf(optimizerKind, plugin)),
      exporters: exporters === undefined ? null : forms.map(({ plugin }) => identityOf(exporterKind, plugin))
    }
    const alone = Effect.gen(function* () {
      const traffic = yield* trafficOf(source, asked)
      const found = yield* place({ ...own, optimizers, ...given({ exporters }) }, traffic)
      return { document: found.document, files: found.files } satisfies Computed
    })
    return { identity, files, work: { alone } }
  })
}

export default run
