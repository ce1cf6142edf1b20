import { strategyConformance } from "@moira/simulator/testing"
import strategy from "../src/index.ts"

strategyConformance(strategy, import.meta.resolve("../src/index.ts"))
