import { builtinPlugins } from "@moira/core/testing"
import { Effect } from "effect"
import { predictorKind } from "../src/predictor.ts"
import { predictorConformance } from "../src/testing.ts"

// Every file of the folder, so that a new predictor is held to the contract without being named here.
const loaded = await Effect.runPromise(builtinPlugins(predictorKind))
for (const { plugin } of loaded) predictorConformance(plugin)
