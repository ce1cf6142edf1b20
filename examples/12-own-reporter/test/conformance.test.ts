import { reporterConformance } from "@moira/report/testing"
import reporter from "../src/index.ts"

reporterConformance(reporter)
