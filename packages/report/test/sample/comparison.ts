/** A comparison of links and strategies on a wafer: throughput follows the link up to where memory binds. */
import { type ComparedFactor, type ComparedRow, ComparisonDocument } from "@moira/results"

import { Schema } from "effect"
import { deepSeek, input } from "./analysis.ts"
import { rounded } from "./draws.ts"
import type { Shape } from "./shape.ts"
import { dojo } from "./simulation.ts"

const links = [0.4e12, 0.8e12, 1.7e12, 3.4e12]
const memories = [3.35e12, 8e12]
const strategies = ["ep", "moira"]
const batches = [1024, 4096]
const field = "machine.linkBytesPerSec"

const machines = memories.flatMap((memory) => links.map((link) => ({ memory, link })))
const one = (factor: number): ComparedFactor => ({
  factor: rounded(factor),
  least: rounded(factor),
  greatest: rounded(factor),
  pairs: 1
})

/** Tokens a second: the lesser of what links and what memory let through. */
const rateOf = (link: number, memory: number, strategy: string, batch: number): number => {
  const gain = strategy === "moira" ? 1.2 : 1
  return rounded((batch / 4096) * gain * Math.min(1.2e-7 * link, 3e-8 * memory))
}

const rowOf = (setting: number, machine: number, strategy: number): ComparedRow => {
  const [batch, name] = [batches[setting]!, strategies[strategy]!]
  const { link, memory } = machines[machine]!
  const rate = rateOf(link, memory, name, batch)
  const linked = 1.2e-7 * link < 3e-8 * memory
  const layerPs = Math.round((1e12 * batch) / rate)
  const timePs = layerPs * 58
  const boundPs = Math.round(timePs / 1.6)
  const energy = 0.03 + 0.004 * (link / 1e12)
  const baseline = rateOf(link, memory, "ep", batch)
  const reference = rateOf(links[0]!, memories[0]!, name, batch)
  return {
    setting,
    machine,
    strategy,
    at: { machine: "dojo", [field]: link, "machine.hbmBytesPerSec": memory, strategy: name, batch },
    seeds: [1, 2],
    metrics: {
      throughput_tokens_per_s: rate,
      time_ps: timePs,
      layer_time_ps: layerPs,
      lower_bound_ratio: 1.6,
      energy_per_token_j: rounded(energy),
      power_w: rounded(energy * rate),
      money: 25 * 30_000,
      memory_bytes: 2e12,
      bound_link_share: linked ? 0.6 : 0.1,
      bound_reading_share: linked ? 0.3 : 0.7,
      bound_imbalance_share: linked ? 0.1 : 0.2
    },
    spread: { least: rounded(rate * 0.98), greatest: rounded(rate * 1.02), deviation: rounded(rate * 0.02) },
    binds: linked
      ? [
          { name: "link", share: 0.6 },
          { name: "reading", share: 0.3 },
          { name: "imbalance", share: 0.1 }
        ]
      : [
          { name: "reading", share: 0.7 },
          { name: "imbalance", share: 0.2 },
          { name: "link", share: 0.1 }
        ],
    busiestUnit: { name: "die[1][1]", share: 0.4 },
    busiestLink: linked ? { name: "die[1][1] to die[1][2]", share: 0.3 } : null,
    waterfall: [
      { part: "bound", ps: boundPs },
      { part: "work", ps: 0 },
      { part: "imbalance", ps: Math.round((timePs - boundPs) / 4) },
      { part: "link", ps: timePs - boundPs - Math.round((timePs - boundPs) / 4) },
      { part: "exchange", ps: 0 },
      { part: "decision", ps: 0 },
      { part: "latency", ps: 0 }
    ],
    overBaseline: strategy === 0 ? null : one(rate / baseline),
    overReference: machine === 0 ? null : one(rate / reference)
  }
}

const rows = batches.flatMap((_, s) => machines.flatMap((__, m) => strategies.map((___, t) => rowOf(s, m, t))))
const rowAt = (setting: number, machine: number, strategy: number): number =>
  rows.findIndex((row) => row.setting === setting && row.machine === machine && row.strategy === strategy)

const curves = batches.flatMap((_, setting) =>
  memories.flatMap((memory, k) =>
    strategies.map((__, strategy) => ({
      setting,
      strategies: [strategy],
      of: strategies[strategy]!,
      label: `hbm ${memory / 1e12} TB/s`,
      points: links.map((value, i) => ({
        value,
        row: rowAt(setting, k * links.length + i, strategy),
        elasticity: i === 0 ? null : i === 1 && k === 0 ? 1 : 0.3
      })),
      breaks:
        k === 0
          ? [
              {
                low: 0.8e12,
                high: 0.8e12,
                bindsBelow: "link",
                bindsAbove: "reading",
                elasticityBelow: 1,
                elasticityAbove: 0
              }
            ]
          : [
              {
                low: 1.7e12,
                high: 3.4e12,
                bindsBelow: "link",
                bindsAbove: "reading",
                elasticityBelow: 1,
                elasticityAbove: null
              }
            ]
    }))
  )
)

/** Rows are chosen by hand to have a front of three with a knee. */
const front = (setting: number) => [rowAt(setting, 4, 1), rowAt(setting, 5, 1), rowAt(setting, 6, 1)]

export const comparison = (shape: Shape = deepSeek): ComparisonDocument =>
  Schema.decodeUnknownSync(ComparisonDocument)({
    schema: "moira-comparison/1",
    moira: "1.0.0",
    input: input(shape),
    comparison: {
      sources: [
        { name: "links", runs: 64 },
        { name: "memories", runs: 64 }
      ],
      baseline: "ep",
      reference: 0,
      against: "energy",
      by: field,
      axes: [
        { field, values: links },
        { field: "machine.hbmBytesPerSec", values: memories },
        { field: "strategy", values: strategies },
        { field: "batch", values: batches }
      ],
      constants: { model: "deepseek-v3", machine: "dojo", backend: "wafer", steps: 8 },
      settings: batches.map((batch) => ({ label: `batch ${batch.toLocaleString("en-US")}`, at: { batch } })),
      machines: machines.map(({ link, memory }, i) => ({
        label: `dojo, hbm ${memory / 1e12} TB/s, link ${link / 1e12} TB/s`,
        name: "dojo",
        backend: dojo.backend,
        units: 25,
        spec: { linkBytesPerSec: link, hbmBytesPerSec: memory },
        costs: { money: 25 * 30_000, memory_bytes: 2e12 },
        overReference: i === 0 ? null : { factor: 1.5, least: 1.1, greatest: 2, pairs: 4 }
      })),
      strategies: strategies.map((name, i) => ({
        label: name,
        name,
        yardstick: false,
        overBaseline: i === 0 ? null : { factor: 1.2, least: 1.1, greatest: 1.3, pairs: 16 }
      })),
      rows,
      verdict: {
        setting: 1,
        fastest: rowAt(1, 6, 1),
        next: rowAt(1, 6, 0),
        knee: rowAt(1, 5, 1),
        sentences: [
          "Fastest of 8 machines is dojo, hbm 8 TB/s, link 1.7 TB/s.",
          "It is bound by links for 60 % of its time.",
          "Along link, moira is bound by links up to 1.7 TB/s.",
          "Against energy a token the knee is another."
        ]
      },
      pareto: batches.map((_, setting) => ({
        setting,
        front: front(setting),
        knee: front(setting)[1],
        dominated: [
          { row: rowAt(setting, 7, 1), by: front(setting)[2] },
          { row: rowAt(setting, 0, 0), by: front(setting)[0] }
        ],
        without: []
      })),
      sensitivities: strategies.flatMap((_, strategy) => [
        {
          field: "machine.hbmBytesPerSec",
          strategies: [strategy],
          of: strategies[strategy]!,
          lines: 4,
          from: memories[0],
          to: memories[1],
          elasticity: 0.6,
          elasticityLeast: 0,
          elasticityGreatest: 1,
          factor: { factor: 1.7, least: 1, greatest: 2.4, pairs: 4 },
          costElasticity: 0
        },
        {
          field,
          strategies: [strategy],
          of: strategies[strategy]!,
          lines: 4,
          from: links[0],
          to: links[3],
          elasticity: -0.1,
          elasticityLeast: -0.2,
          elasticityGreatest: 0.1,
          factor: { factor: 0.8, least: 0.7, greatest: 1.1, pairs: 4 },
          costElasticity: 0.3
        },
        {
          field: "machine.linkLatencyPs",
          strategies: [strategy],
          of: strategies[strategy]!,
          lines: 1,
          from: 0,
          to: 200_000,
          elasticity: null,
          elasticityLeast: null,
          elasticityGreatest: null,
          factor: { factor: 0.9, least: 0.9, greatest: 0.9, pairs: 1 },
          costElasticity: null
        }
      ]),
      scaling: curves,
      warnings: ["the trace has 64 requests: each was used up to 64 times to fill the batch of 4,096"],
      notMeasured: [{ what: "Point link 6.8 TB/s", why: "it does not fit" }]
    }
  })
