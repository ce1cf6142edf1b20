import { builtinNames, loadPlugin } from "@moira/core/node"
import { Effect } from "effect"
import { predictorKind } from "../src/predictor.ts"
import { predictorConformance } from "../src/testing.ts"

// Every file of the folder, so that a new predictor is held to the contract without being named here.
const loaded = await Effect.runPromise(
  Effect.forEach(builtinNames(predictorKind), (name) => loadPlugin(predictorKind, name))
)
for (const { plugin } of loaded) predictorConformance(plugin)
