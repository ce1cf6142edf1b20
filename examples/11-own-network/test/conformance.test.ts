import { networkConformance } from "@moira/hardware/testing"
import network from "../src/index.ts"

networkConformance(network)
