import { builtinNames, loadPlugin } from "@moira/trace"
import { Effect } from "effect"
import { predictorKind } from "@moira/forecast"
import { predictorConformance } from "@moira/forecast/testing"

// Every file of the folder, so that a new predictor is held to the contract without being named here.
const loaded = await Effect.runPromise(
  Effect.forEach(builtinNames(predictorKind), (name) => loadPlugin(predictorKind, name))
)
for (const { plugin } of loaded) predictorConformance(plugin)
