/** Where every figure comes from: enough to compute it again. */
import {
  isAnalysis,
  isCounts,
  isCountsInput,
  isSimulation,
  offloadOf,
  placeOf,
  runsOf,
  type Subject,
  titleOf
} from "./evidence.ts"
import { integer, percent } from "./format.ts"
import { settingsOf } from "./kinds/simulation/runs.ts"

export interface Origin {
  readonly name: string
  readonly value: string
  /** Long text that is shown on demand, such as a machine's spec. */
  readonly block?: boolean
}

const listed = (values: Iterable<string>): string => [...new Set(values)].join(", ")

/** Of placements: what placed, what judged, on what. */
const placeOrigins = (documents: Subject["documents"]): ReadonlyArray<Origin> => {
  const result = placeOf(documents)
  if (result === undefined) return []
  const { fittedOn, judgedOn, machine, units, spareSlots, batchTokens, expertBytes } = result
  return [
    { name: "Placed by", value: fittedOn },
    { name: "Placements judged on", value: judgedOn ?? "the same, in sample" },
    {
      name: "Placement",
      value: `${integer(units)} units, ${integer(spareSlots)} spare slots each, ${integer(batchTokens)} tokens a layer step, ${integer(expertBytes)} bytes an expert`
    },
    {
      name: `Machine ${machine.name} (${machine.backend})`,
      value: JSON.stringify(machine.spec, null, 2),
      block: true
    }
  ]
}

/** Of caches of experts: who judges, who foretells, what the machines are. */
const offloadOrigins = (documents: Subject["documents"]): ReadonlyArray<Origin> => {
  const result = offloadOf(documents)
  if (result === undefined) return []
  const { split, cachePredictor, prefetchPredictor, prefetchFor, scope, bytesPerWeight, betweenPs, machines } = result
  return [
    {
      name: "Caches of experts",
      value: `${scope === "layer" ? "slots of each layer" : "slots of all layers together"}; ${integer(split.train)} requests train, ${integer(split.validation)} validate, ${integer(split.test)} judge`
    },
    { name: "Bytes of a cached weight", value: String(bytesPerWeight) },
    { name: "Time between two layers (ps)", value: integer(betweenPs) },
    ...(cachePredictor === null ? [] : [{ name: "Who makes room is foretold by", value: cachePredictor }]),
    ...(prefetchPredictor === null
      ? []
      : [{ name: `What to fetch ahead for the next ${prefetchFor} is foretold by`, value: prefetchPredictor }]),
    ...machines.map(({ name, backend, spec }) => ({
      name: `Machine ${name} (${backend})`,
      value: JSON.stringify(spec, null, 2),
      block: true
    }))
  ]
}

/** Names and values, the trace first, then the analysis, then the simulation. */
export const originsOf = ({ input, documents }: Subject): ReadonlyArray<Origin> => {
  const analyses = documents.filter((d) => isAnalysis(d) || isCounts(d))
  const counts = isCountsInput(input)
  const what = counts ? "Counts" : "Trace"
  const runs = runsOf(documents)
  return [
    { name: "Model", value: input.model === null ? titleOf(input) : `${titleOf(input)} (${input.model})` },
    { name: `${what} content, SHA-256`, value: input.contentSha256 },
    { name: `${what} origin`, value: input.origin },
    counts
      ? { name: "Workloads", value: integer(input.workloads) }
      : { name: "Requests", value: integer(input.requests) },
    { name: "Results", value: documents.map((d) => `${d.schema} by Moira ${d.moira}`).join(", ") },
    ...(analyses.length === 0
      ? []
      : [
          { name: "Analysis seed", value: listed(analyses.map((d) => String(d.seed))) },
          {
            name: counts ? "Recorded steps held out" : "Requests held out",
            value: listed(analyses.map((d) => percent(d.heldOutShare, 0)))
          }
        ]),
    ...(documents.some(isSimulation) && runs.length > 0
      ? [
          { name: "Simulation seed", value: listed(runs.map((run) => String(run.seed))) },
          { name: "Network model", value: listed(runs.map((run) => run.network)) },
          { name: "Token traffic", value: listed(runs.map((run) => run.tokenTraffic)) },
          { name: "Bytes of a weight", value: listed(runs.map((run) => String(run.bytesPerWeight))) },
          { name: "Decode steps", value: listed(runs.map((run) => integer(run.steps))) },
          {
            name: "Strategies",
            value: listed(
              runs.map(
                ({ strategy: s }) =>
                  `${s.name} = ${s.placement} placement + ${s.allocator} allocator + ${s.residency} copies`
              )
            )
          },
          ...settingsOf(runs).map(({ title, machine }) => ({
            name: `Machine ${title} (${machine.backend}, ${machine.units.length} units, ${machine.links.length} directed links)`,
            value: JSON.stringify(machine.spec, null, 2),
            block: true
          }))
        ]
      : []),
    ...placeOrigins(documents),
    ...offloadOrigins(documents)
  ]
}
