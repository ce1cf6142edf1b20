import type { NoiseFloor, WindowDrift } from "@moira/results"
import { temporalOf } from "../found.ts"
import { type Cell, column, type Column, table } from "../../../table.ts"

const apartColumns: ReadonlyArray<Column> = [
  column("jsd", "Distance", "real"),
  column("jsd_chance_mean", "Chance, mean", "real"),
  column("jsd_chance_high", "Chance, 95 %", "real"),
  column("p", "p", "real")
]

const apartCells = (distance: number | null, floor: NoiseFloor | null, pValue: number | null): ReadonlyArray<Cell> => [
  distance,
  floor && floor.mean,
  floor && floor.high,
  pValue
]

const windowColumns: ReadonlyArray<Column> = [
  ...apartColumns,
  column("rho_first", "rho, first", "real"),
  column("rho_chance", "rho, chance", "real", true),
  column("rho_prefill", "rho, prefill", "real"),
  column("hot_first", "Hot set of first", "share"),
  column("hot_prefill", "of prefill", "share"),
  column("hot_previous", "of the one before", "share"),
  column("hot_own", "of its own", "share"),
  column("next_token_first", "Next token, first", "share"),
  column("next_token_own", "Next token, own", "share"),
  column("next_token_popularity", "Next token, popularity", "share")
]

const windowCells = (window: WindowDrift): ReadonlyArray<Cell> => [
  ...apartCells(window.distance, window.distanceFloor, window.pValue),
  window.rho,
  window.rhoFloor,
  window.rhoPrefill,
  window.hotFirst,
  window.hotPrefill,
  window.hotPrevious,
  window.hotOwn,
  window.relationFirst,
  window.relationOwn,
  window.relationPopularity
]

const stepColumns: ReadonlyArray<Column> = [
  column("from_step", "From step", "text"),
  column("to_step", "To step", "text"),
  column("requests", "Requests", "whole")
]

/** Change over decode positions, averaged over layers. */
export const positionDriftMeans = table(
  { id: "position_drift_means", section: "temporal", place: "open" },
  (evidence) => {
    const result = temporalOf(evidence)?.positionDrift
    return {
      title: "Windows of decode steps against the first one, means over layers",
      columns: [...stepColumns, ...windowColumns],
      rows: (result?.mean?.windows ?? []).map((window, w) => {
        const { from, to, requests } = result!.windows[w]!
        return [from, to - 1, requests, ...windowCells(window)]
      })
    }
  }
)

/** The same by layer. */
export const positionDriftLayers = table(
  { id: "position_drift_layers", section: "temporal", place: "csv" },
  (evidence) => {
    const result = temporalOf(evidence)?.positionDrift
    return {
      title: "Windows of decode steps against the first one, by layer",
      columns: [
        column("layer", "Layer", "text"),
        column("degenerate", "Degenerate", "flag"),
        ...stepColumns,
        ...windowColumns
      ],
      rows: (result?.layers ?? []).flatMap(({ layer, degenerate, windows }) =>
        windows.map((window, w) => {
          const { from, to, requests } = result!.windows[w]!
          return [layer, degenerate, from, to - 1, requests, ...windowCells(window)]
        })
      )
    }
  }
)

/** Every pair of blocks of requests. */
export const requestDriftPairs = table(
  { id: "request_drift_pairs", section: "temporal", place: "closed" },
  (evidence) => {
    const result = temporalOf(evidence)?.requestDrift
    const name = (block: number) => {
      const { from, to } = result!.blocks[block]!
      return `${from + 1} to ${to}`
    }
    return {
      title: "Blocks of requests in trace order, means over layers",
      columns: [
        column("requests_a", "Requests", "text"),
        column("requests_b", "and requests", "text"),
        ...apartColumns
      ],
      rows: (result?.mean?.pairs ?? []).map(({ a, b, distance, floor, pValue }) => [
        name(a),
        name(b),
        ...apartCells(distance, floor, pValue)
      ])
    }
  }
)

/** All pairs of blocks together, by layer. */
export const requestDriftLayers = table(
  { id: "request_drift_layers", section: "temporal", place: "csv" },
  (evidence) => ({
    title: "Blocks of requests, mean over pairs, by layer",
    columns: [column("layer", "Layer", "text"), column("degenerate", "Degenerate", "flag"), ...apartColumns],
    rows: (temporalOf(evidence)?.requestDrift?.layers ?? []).map(({ layer, degenerate, distance, floor, pValue }) => [
      layer,
      degenerate,
      ...apartCells(distance, floor, pValue)
    ])
  })
)
