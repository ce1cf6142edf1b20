/** A made-up comparison of placements, of the same trace as the sample analysis. */
import { PlaceDocument } from "@moira/results"
import { Schema } from "effect"
import { analysis } from "./analysis.ts"
import type { Shape } from "./shape.ts"

const units = 4

const layouts = [
  { optimizer: "present", title: "Contiguous, as engines start", sglang: 0.5, speedup: 1, slotsPerUnit: 0 },
  { optimizer: "eplb", title: "EPLB", sglang: 0.8, speedup: 1.3, slotsPerUnit: 1 },
  { optimizer: "moira", title: "Moira", sglang: 0.9, speedup: 1.5, slotsPerUnit: 1 },
  { optimizer: "best", title: "Best (oracle)", sglang: 0.97, speedup: 1.7, slotsPerUnit: 1 }
] as const

export const place = (shape?: Shape): PlaceDocument => {
  const { input } = analysis(shape)
  const { layers, experts } = input
  const even = Math.ceil(experts / units)
  const score = ({ sglang, speedup }: (typeof layouts)[number], better: number) => ({
    balances: { sglang: sglang + better, vllm: 1 / (sglang + better), tensorrt: 1 / (sglang + better) - 1 },
    dispatchPs: 4e7,
    expertsPs: 3e8 / speedup,
    combinePs: 6e7,
    layerTimePs: 4e8 / speedup,
    speedup
  })
  return Schema.decodeUnknownSync(PlaceDocument)({
    schema: "moira-place/1",
    moira: "0.0.0",
    input,
    seed: 1,
    place: {
      machine: {
        name: "dgx-h100, 4 units",
        backend: "multi-gpu",
        spec: { servers: 1 },
        units: Array.from({ length: units }, (_, u) => ({ name: `gpu[0][${u}]`, at: [u, 0] })),
        links: [
          { fromUnit: 0, toUnit: -1, bytesPerSec: 3.7e11 },
          { fromUnit: -1, toUnit: 0, bytesPerSec: 3.7e11 }
        ]
      },
      units,
      serverOf: [0, 0, 1, 1],
      spareSlots: 1,
      experts,
      layers,
      expertBytes: 44_040_192,
      batchTokens: 4096,
      deadUnits: [],
      migrationSlots: null,
      fittedOn: "decode tokens of 120 requests",
      judgedOn: "decode tokens of 120 other requests",
      trafficFrom: "tokens",
      formulas: { sglang: "mean / max", vllm: "max / mean", tensorrt: "(max - mean) / mean" },
      layouts: layouts.map((layout) => {
        const slotsPerUnit = even + layout.slotsPerUnit
        return {
          optimizer: layout.optimizer,
          title: layout.title,
          slotsPerUnit,
          inSample: score(layout, 0.02),
          heldOut: score(layout, 0),
          balanceInterval: [layout.sglang - 0.01, layout.sglang + 0.01],
          speedupInterval: [layout.speedup - 0.05, layout.speedup + 0.05],
          migration: { slots: 12, bytes: 5e8, fetched: 10, fetchedBytes: 4e8 },
          copiesSharingUnit: layout.optimizer === "eplb" ? 3 : 0,
          emptySlots: 0,
          unitLoad: [2 - layout.sglang, 1, 1, layout.sglang],
          layerBalance: layers.map((_, l) => layout.sglang - 0.01 * (l % 3)),
          traffic: Array.from({ length: units }, (all, a) =>
            Array.from({ length: units }, (_, b) => (a === b ? 0 : 1_000_000 + 1000 * a))
          ),
          linkBytes: [3_000_000, 3_000_000],
          crossServerBytes: 8_000_000,
          physicalToLogical: layers.map(() =>
            Array.from({ length: units * slotsPerUnit }, (_, slot) =>
              slot < experts ? slot : slot % 3 === 0 ? -1 : slot % 5
            )
          ),
          files: [{ exporter: "sglang", file: `${layout.optimizer}/sglang.json`, loads: "--init-expert-location FILE" }]
        }
      }),
      warnings: ["a made-up warning of a placement"],
      notMeasured: [{ what: "energy", why: "a made-up reason" }]
    }
  })
}
