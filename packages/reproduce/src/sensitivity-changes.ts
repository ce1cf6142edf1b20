/** Assumptions of the case study, changed one at a time. */
import { dojo, tsmcSow, type WaferSpec } from "@moira/wafer"
import type { StudyRequest } from "./bench.ts"

/** One line: what is changed, and the request that changes it. */
type Change = readonly [what: string, change: Partial<StudyRequest>]

/** Dojo with parts of its spec replaced. */
const wafer = (what: string, parts: Partial<WaferSpec>, from: WaferSpec = dojo): Change => [
  what,
  { machines: [{ name: what, spec: { ...from, ...parts } }] }
]

const { llcBytes: _bytes, llcHitPs: _hit, llcMissPs: _miss, ...withoutLlc } = dojo

/** What is changed, one at a time. */
export const changes: ReadonlyArray<Change> = [
  ["as in the study", {}],
  wafer("4 fetches in flight", { outstandingFetches: 4 }),
  wafer("64 fetches in flight", { outstandingFetches: 64 }),
  wafer("256 fetches in flight", { outstandingFetches: 256 }),
  ["blocks of 25 requests", { blockTokens: 25 }],
  ["blocks of 200 requests", { blockTokens: 200 }],
  ["closed form instead of events", { network: "bottleneck" }],
  ["no contention", { network: "ideal" }],
  ["1 byte a weight", { bytesPerWeight: 1 }],
  ["activations modelled", { tokenTraffic: "modelled" }],
  ["decided on the host", { controller: "host-cpu" }],
  wafer("links twice as wide", { linkBytesPerSec: 2 * dojo.linkBytesPerSec }),
  wafer("memory twice as fast", { hbmBytesPerSec: 2 * dojo.hbmBytesPerSec }),
  wafer("memory half as large", { hbmBytes: dojo.hbmBytes / 2 }),
  wafer("memory twice as large", { hbmBytes: 2 * dojo.hbmBytes }),
  wafer("no last-level cache", {}, withoutLlc),
  wafer("arithmetic twice as fast", { flopsPerSec: 2 * dojo.flopsPerSec }),
  ["a mesh of 3 x 8", { machines: ["tsmc-sow"] }],
  wafer("a mesh of 2 x 12", { columns: 2, rows: 12 }, tsmcSow),
  wafer("a row of 25 dies", { columns: 25, rows: 1 }),
  wafer("a torus", { topology: "torus" }),
  wafer("routed Y first", { routing: "yx" }),
  wafer("half of the pairs routed each way (O1TURN)", { routing: "o1turn" }),
  wafer("the middle die dead", { deadDies: [[2, 2]] }),
  wafer("a corner die dead", { deadDies: [[0, 0]] }),
  wafer("a middle link dead", {
    deadLinks: [
      [
        [1, 2],
        [2, 2]
      ]
    ]
  }),
  ["Dojo-Enhanced", { machines: ["dojo-enhanced"] }]
]
