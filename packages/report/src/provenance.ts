/** Where every figure comes from: enough to compute it again. */
import { isAnalysis, isSimulation, runsOf, type Subject } from "./evidence.ts"
import { integer, percent } from "./format.ts"
import { settingsOf } from "./runs.ts"

export interface Origin {
  readonly name: string
  readonly value: string
  /** Long text that is shown on demand, such as a machine's spec. */
  readonly block?: boolean
}

const listed = (values: Iterable<string>): string => [...new Set(values)].join(", ")

/** Names and values, the trace first, then the analysis, then the simulation. */
export const originsOf = ({ input, documents }: Subject): ReadonlyArray<Origin> => {
  const analyses = documents.filter(isAnalysis)
  const runs = runsOf(documents)
  return [
    { name: "Model", value: `${input.title} (${input.model})` },
    { name: "Trace content, SHA-256", value: input.contentSha256 },
    { name: "Trace origin", value: input.origin },
    { name: "Requests", value: integer(input.requests) },
    { name: "Results", value: documents.map((d) => `${d.schema} by Moira ${d.moira}`).join(", ") },
    ...(analyses.length === 0
      ? []
      : [
          { name: "Analysis seed", value: listed(analyses.map((d) => String(d.seed))) },
          { name: "Requests held out", value: listed(analyses.map((d) => percent(d.heldOutShare, 0))) }
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
              runs.map(({ strategy: s }) => `${s.name} = ${s.placement} placement + ${s.allocator} allocator`)
            )
          },
          ...settingsOf(runs).map(({ title, machine }) => ({
            name: `Machine ${title} (${machine.backend}, ${machine.units.length} units, ${machine.links.length} directed links)`,
            value: JSON.stringify(machine.spec, null, 2),
            block: true
          }))
        ]
      : [])
  ]
}
