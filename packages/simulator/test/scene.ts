/** A small model, a seeded trace and a ring machine, for tests of this package. */
import { hardwareLayer, bottleneck, networkLayer } from "@moira/hardware"
import { ring } from "@moira/hardware/testing"
import { algorithm1, allocatorLayer, fixed, residencyLayer } from "@moira/allocation"
import { contiguous, optimizerLayer } from "@moira/placement"
import { Layer } from "effect"

export { tinyModel as model, tinyRequests as makeRequests, tinyTrace as traceLayer } from "@moira/trace/testing"

export const stages = Layer.mergeAll(
  hardwareLayer(ring),
  networkLayer(bottleneck),
  optimizerLayer(contiguous),
  allocatorLayer(algorithm1),
  residencyLayer(fixed)
)
