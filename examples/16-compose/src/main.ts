/**
 * Key concept: the product is a library. A study is one Effect; what it runs on and with is provided around it.
 *
 * [1] analyses are values in a list, Moira's own and others alike, and run in one pass.
 * [2] a simulation asks for its stages as services: machine, network, optimizer, allocator, residency.
 * [3] a report tells every document whose kind it is given.
 * [4] a stage by value or by name: names are built-in, of an installed package, or paths.
 */
import { Allocator, Residency } from "@moira/allocation"
import { findModel } from "@moira/core"
import { nodePlugins, threadRunner } from "@moira/core/node"
import { Hardware, Network } from "@moira/hardware"
import { analyse, simulate, spatial, temporal } from "@moira/pipeline"
import { PlacementOptimizer } from "@moira/placement"
import { renderHtml } from "@moira/report"
import patterns from "@moira/report/kinds/analysis"
import simulation from "@moira/report/kinds/simulation"
import { storeLayer, writeStore } from "@moira/trace/node"
import { synthesize } from "@moira/twin"
import { Effect } from "effect"
import * as fs from "node:fs"
import mine, { repeats } from "./mine.ts"
import myOptimizer from "./my-optimizer.ts"

const kinds = [patterns, simulation, repeats]

const study = Effect.gen(function* () {
  const analysis = yield* analyse({ analyses: [temporal, spatial, mine], heldOutShare: 0.5, seed: 1 }) // [1]
  const run = yield* simulate({ batch: 4096, steps: 8 }) // [2]
  return renderHtml([analysis, run], { kinds }) // [3]
})

const provided = study.pipe(
  Effect.provide([
    storeLayer("my.moira"),
    Hardware.machine("dojo"),
    Network.named("flow"), // [4]
    Allocator.named("balance"),
    PlacementOptimizer.layer(myOptimizer),
    Residency.named("retained"),
    threadRunner(8)
  ]),
  Effect.provide(nodePlugins)
)

/** A store to study where there is none: a synthetic twin. */
const twin = Effect.gen(function* () {
  const model = findModel("deepseek-v2-lite")!
  const made = yield* synthesize({
    model,
    requests: 48,
    prefillTokens: 12,
    decodeTokens: 10,
    seed: 1,
    languages: ["en", "zh"]
  })
  yield* writeStore({ directory: "my.moira", model, origin: made.origin, expected: 48 }, made.requests)
})

const html = await Effect.runPromise(Effect.andThen(fs.existsSync("my.moira") ? Effect.void : twin, provided))
fs.writeFileSync("report.html", html)
console.log("wrote report.html")
