import { conformance } from "@moira/hardware/testing"
import backend from "@moira/template-backend"
import calibration from "../calibration.json" with { type: "json" }

const smallest = { ...backend.machines["template-backend-8"]!, units: 2 }

conformance(backend, { specs: [smallest], refused: [{ ...smallest, units: 1 }], calibration })
