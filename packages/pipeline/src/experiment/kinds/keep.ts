/** `keep: metrics`: a simulation without its series, for sweeps of many points. */
import type { Made, SimulationDocument } from "@moira/results"

/** The document without series by layer, step, unit and link. */
export const metricsOnly = (document: Made<SimulationDocument>): Made<SimulationDocument> => ({
  ...document,
  runs: document.runs.map((run) => ({ ...run, layers: [], perStep: [], unitBusy: [], linkUtilisation: [] }))
})
