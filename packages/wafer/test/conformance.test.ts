import { conformance } from "@moira/hardware/testing"
import { dojo } from "../src/machines.ts"
import { wafer } from "../src/backend.ts"
import { type WaferSpec } from "../src/spec.ts"
import calibration from "../calibration.json" with { type: "json" }

const { llcMissPs: _, ...withoutMiss } = dojo
const { llcBytes: __, llcHitPs: ___, ...withoutLlc } = withoutMiss

const specs: ReadonlyArray<WaferSpec> = [
  { ...dojo, columns: 1, rows: 1 },
  { ...dojo, columns: 2, rows: 7 },
  { ...dojo, columns: 4, rows: 6, topology: "torus" },
  { ...dojo, taskOverheadPs: 31_359 },
  { ...dojo, routing: "yx" },
  { ...dojo, routing: "o1turn" },
  withoutLlc
]

conformance(wafer, {
  specs,
  faults: [
    [dojo, { ...dojo, deadDies: [[2, 2]] }],
    [
      { ...dojo, topology: "torus" },
      { ...dojo, topology: "torus", deadDies: [[0, 0]] }
    ],
    [
      { ...dojo, routing: "o1turn" },
      {
        ...dojo,
        routing: "o1turn",
        deadLinks: [
          [
            [1, 2],
            [2, 2]
          ]
        ]
      }
    ]
  ],
  refused: [
    { ...dojo, columns: 0 },
    { ...dojo, linkBytesPerSec: 0 },
    { ...dojo, routing: "west-first" },
    { ...dojo, topology: "torus", routing: "yx" },
    { ...dojo, columns: 100, rows: 100 },
    { ...dojo, linkLatencyPs: 0.5 },
    { ...dojo, taskOverheadPs: -1 },
    { ...dojo, hbmEfficiency: 1.5 },
    { ...dojo, llcBytes: 0 },
    withoutMiss,
    { ...dojo, deadDies: [[5, 0]] },
    {
      ...dojo,
      deadLinks: [
        [
          [0, 0],
          [1, 0]
        ],
        [
          [0, 0],
          [0, 1]
        ]
      ]
    },
    { ...dojo, sparePorts: 3 }
  ],
  calibration
})
