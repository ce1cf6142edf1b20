import { reporterConformance } from "@moira/report/testing"
import reporter from "../src/index.ts"

reporterConformance("own-reporter", reporter, [{ schema: "moira-simulation/1", moira: "0.0.0" }], { kinds: [] })
