import { conformance } from "@moira/hardware/testing"
import backend from "../src/index.ts"
import calibration from "../calibration.json" with { type: "json" }

const smallest = { ...backend.machines["own-backend-8"]!, units: 2 }

conformance(backend, { specs: [smallest], refused: [{ ...smallest, units: 1 }], calibration })
