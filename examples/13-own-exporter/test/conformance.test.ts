import { exporterConformance } from "@moira/placement/testing"
import exporter from "../src/index.ts"

exporterConformance(exporter)
