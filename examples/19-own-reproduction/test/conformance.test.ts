import { reproductionConformance } from "@moira/reproduce/testing"
import reproduction from "../src/index.ts"

reproductionConformance("own-reproduction", reproduction)
