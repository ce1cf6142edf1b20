import { Runner } from "@moira/core"
import { runnerConformance } from "@moira/core/testing"
import { Layer } from "effect"
import runner from "../src/index.ts"

runnerConformance("own-runner", Layer.succeed(Runner, runner))
