/** `run: offload`: expert caches of one unit with memory behind it, as `moira offload`. */
import { cacheKind } from "@moira/caches"
import { given, loadPlugin } from "@moira/core"
import { predictorKind } from "@moira/forecast"
import { TraceStore } from "@moira/trace"
import { Effect } from "effect"
import { buildMachines, cacheSize, offload, usualPolicies } from "../../offload.ts"
import { ExperimentError } from "../error.ts"
import { usual } from "../usual.ts"
import { identityOf, listOf, machinesOf, placeless, traceOf } from "./asked.ts"
import type { Computed, ExperimentRun } from "./kind.ts"

const run: ExperimentRun<"offload"> = {
  run: "offload",
  file: "offload.json",
  prepare: Effect.fn("experiment.offload")(function* (document, source) {
    const store = yield* traceOf("offload", source)
    const { machine, seed = usual.seed, stages = {}, options = {} } = document
    const { machines: choices, sized, files } = yield* machinesOf(machine)
    const { machines, caching } = yield* buildMachines(choices.map((choice) => ({ ...sized, machine: choice })))
    if (!caching)
      return yield* new ExperimentError({
        reason: "BadValue",
        where: "machine.name",
        what: `${machines.map(({ machineName }) => machineName).join(", ")} holds experts for good, it does not cache them`,
        hint: "give a machine with memory behind the unit, such as offload-pcie5, or run: simulate"
      })
    const policies = listOf(stages.cache ?? usualPolicies)
    const { cacheSize: sizes, prefetch = 0, batch = 1, betweenUs = 0, scope = "layer", prefetchFor = "layer" } = options
    const { bytesPerWeight, requests, steps } = options
    const { predictor, prefetchPredictor } = stages
    const asked = {
      scope,
      prefetchFor,
      prefetch: listOf(prefetch),
      batches: listOf(batch),
      betweenPs: betweenUs * 1e6,
      seed,
      ...given({
        bytesPerWeight,
        requests,
        steps,
        caches:
          sizes === undefined ? undefined : yield* Effect.forEach(listOf(sizes), (size) => cacheSize(String(size)))
      })
    }
    const loaded = yield* Effect.forEach(policies, (name) => loadPlugin(cacheKind, name))
    const seers = yield* Effect.forEach([predictor, prefetchPredictor], (name) =>
      name === undefined ? Effect.succeed(null) : loadPlugin(predictorKind, name)
    )
    const identity = {
      ...asked,
      machines: machines.map(({ machineName, reference, spec }) => ({
        machineName,
        reference: placeless(reference),
        spec
      })),
      policies: loaded.map(({ plugin }) => identityOf(cacheKind, plugin)),
      predictors: seers.map((of) => (of === null ? null : identityOf(predictorKind, of.plugin)))
    }
    const alone = offload({ ...asked, machines, policies, ...given({ predictor, prefetchPredictor }) }).pipe(
      Effect.provideService(TraceStore, store),
      Effect.map((of): Computed => ({ document: of }))
    )
    return { identity, files, work: { alone } }
  })
}

export default run
