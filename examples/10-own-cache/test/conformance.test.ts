import { cacheConformance } from "@moira/caches/testing"
import policy from "../src/index.ts"

cacheConformance(policy)
