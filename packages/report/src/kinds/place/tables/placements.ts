import type { PlaceScore } from "@moira/results"
import { placeOf } from "../placements.ts"
import { column, table } from "../../../table.ts"

const judged = (score: PlaceScore | null): ReadonlyArray<number | null> =>
  score === null
    ? [null, null, null, null, null, null, null, null]
    : [
        score.balances.sglang,
        score.balances.vllm,
        score.balances.tensorrt,
        score.dispatchPs,
        score.expertsPs,
        score.combinePs,
        score.layerTimePs,
        score.speedup
      ]

/** Every layout: held out and in sample, and what it takes to get there. */
export const placementRows = table({ id: "placements", section: "placement", place: "open" }, (evidence) => {
  const result = placeOf(evidence)
  const heldOut = result !== undefined && result.judgedOn !== null
  const columns = (prefix: string, title: string, csvOnly: boolean) => [
    column(`${prefix}_sglang`, `SGLang ${title}`, "real", csvOnly),
    column(`${prefix}_vllm`, `vLLM ${title}`, "real", csvOnly),
    column(`${prefix}_tensorrt`, `TRT-LLM ${title}`, "real", csvOnly),
    column(`${prefix}_dispatch_ps`, `Dispatch ${title}`, "ps", true),
    column(`${prefix}_experts_ps`, `Experts ${title}`, "ps", csvOnly),
    column(`${prefix}_combine_ps`, `Combine ${title}`, "ps", true),
    column(`${prefix}_layer_time_ps`, `Layer step ${title}`, "ps", csvOnly),
    column(`${prefix}_speedup`, `Speedup ${title}`, "factor", csvOnly)
  ]
  return {
    title: result === undefined ? "Layouts" : `Layouts on ${result.machine.name}`,
    columns: [
      column("optimizer", "Layout", "text"),
      column("slots_per_unit", "Slots a unit", "whole"),
      ...columns("held_out", "held out", !heldOut),
      column("balance_low", "SGLang from", "real", true),
      column("balance_high", "SGLang to", "real", true),
      column("speedup_low", "Speedup from", "factor", true),
      column("speedup_high", "Speedup to", "factor", true),
      ...columns("in_sample", "in sample", heldOut),
      column("slots_moved", "Slots moved", "whole"),
      column("bytes_moved", "Moved", "bytes"),
      column("bytes_fetched", "Fetched", "bytes"),
      column("copies_sharing_unit", "Copies sharing a unit", "whole"),
      column("empty_slots", "Empty slots", "whole", true),
      column("cross_server_bytes", "Between servers", "bytes")
    ],
    rows: (result?.layouts ?? []).map((layout) => [
      layout.optimizer,
      layout.slotsPerUnit,
      ...judged(layout.heldOut),
      layout.balanceInterval?.[0] ?? null,
      layout.balanceInterval?.[1] ?? null,
      layout.speedupInterval?.[0] ?? null,
      layout.speedupInterval?.[1] ?? null,
      ...judged(layout.inSample),
      layout.migration.slots,
      layout.migration.bytes,
      layout.migration.fetchedBytes,
      layout.copiesSharingUnit,
      layout.emptySlots,
      layout.crossServerBytes
    ])
  }
})

/** Load of each unit over the mean, by layout. */
export const placementUnits = table({ id: "placement_units", section: "placement", place: "csv" }, (evidence) => {
  const result = placeOf(evidence)
  return {
    title: "Units and their load by layout",
    columns: [
      column("optimizer", "Layout", "text"),
      column("unit", "Unit", "text"),
      column("load", "Load over the mean", "real")
    ],
    rows: (result?.layouts ?? []).flatMap(({ optimizer, unitLoad }) =>
      unitLoad.map((load, u) => [optimizer, result!.machine.units[u]?.name ?? String(u), load])
    )
  }
})

/** Bytes of each link in a layer step, by layout. */
export const placementLinks = table({ id: "placement_links", section: "placement", place: "csv" }, (evidence) => {
  const result = placeOf(evidence)
  const end = (unit: number) => result!.machine.units[unit]?.name ?? null
  return {
    title: "Links and what they carry by layout",
    columns: [
      column("optimizer", "Layout", "text"),
      column("link", "Link", "whole"),
      column("from_unit", "From unit", "text"),
      column("to_unit", "To unit", "text"),
      column("bytes_per_s", "Bandwidth", "bytes"),
      column("bytes", "Bytes a layer step", "bytes")
    ],
    rows: (result?.layouts ?? []).flatMap(({ optimizer, linkBytes }) =>
      result!.machine.links.map(({ fromUnit, toUnit, bytesPerSec }, i) => [
        optimizer,
        i,
        end(fromUnit),
        end(toUnit),
        bytesPerSec,
        linkBytes[i] ?? null
      ])
    )
  }
})
