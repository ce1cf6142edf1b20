import { runnerConformance } from "@moira/core/testing"
import runner from "../src/index.ts"

runnerConformance(runner)
