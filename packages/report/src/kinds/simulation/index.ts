/** Chapters on simulations: strategies side by side on machines. */
import { resultKinds } from "@moira/results"
import { integer } from "../../format.ts"
import { absent } from "../../not-measured.ts"
import { listed, machineOrigin } from "../../provenance.ts"
import type { ReportedKind } from "../../reported-kind.ts"
import { binds } from "./figures/binds.ts"
import { energy } from "./figures/energy.ts"
import { hops } from "./figures/hops.ts"
import { layerTimes } from "./figures/layer-times.ts"
import { memoryTraffic } from "./figures/memory-traffic.ts"
import { mesh } from "./figures/mesh.ts"
import { stepTimes } from "./figures/step-times.ts"
import { throughput } from "./figures/throughput.ts"
import { unitBusy } from "./figures/unit-busy.ts"
import { speed, speedMessage } from "./headlines.ts"
import { runsOf, settingsOf } from "./runs.ts"
import { binds as boundShares } from "./tables/binds.ts"
import { linkLoad, unitLoad } from "./tables/load.ts"
import { metricIdsOf, runs } from "./tables/runs.ts"
import { layerTimeRows, layerTimesWide, stepTimeRows } from "./tables/times.ts"

const simulation = {
  ...resultKinds.simulation,
  order: 100,
  sections: [
    {
      id: "work",
      order: 100,
      title: "Where the work goes",
      lead: "The same requests on the same machine, with the work handed out by each strategy."
    },
    {
      id: "load",
      order: 200,
      title: "Load on the machine",
      lead: "How busy units and links are while the simulated layers run."
    },
    {
      id: "layers",
      order: 300,
      title: "Layer times",
      lead: "Where in the model, and when in decoding, the time is spent."
    }
  ],
  figures: [throughput, binds, hops, memoryTraffic, energy, mesh, unitBusy, layerTimes, stepTimes],
  tables: [runs, boundShares, unitLoad, linkLoad, layerTimesWide, layerTimeRows, stepTimeRows],
  headlines: [{ order: 100, of: speed }],
  messages: [{ order: 100, of: speedMessage }],
  // Warnings of runs, each once, with the runs that gave it.
  warnings: (evidence) => {
    const said = settingsOf(runsOf(evidence)).flatMap((setting) =>
      setting.runs.flatMap((run) =>
        run.warnings.map((text) => ({ text, batch: `${setting.title} at batch ${integer(run.batch)}` }))
      )
    )
    return [...Map.groupBy(said, ({ text }) => text)].map(
      ([text, members]) => `${text} (${[...new Set(members.map((m) => m.batch))].join("; ")})`
    )
  },
  notMeasured: {
    order: 100,
    of: (evidence) =>
      runsOf(evidence).length +
        evidence.of(resultKinds.offload).length +
        evidence.of(resultKinds.place).length +
        evidence.of(resultKinds.comparison).length ===
      0
        ? absent(evidence, "Simulation", "`moira simulate`")
        : []
  },
  origins: {
    order: 200,
    of: (evidence) => {
      const all = runsOf(evidence)
      if (all.length === 0) return []
      return [
        { name: "Simulation seed", value: listed(all.map((run) => String(run.seed))) },
        { name: "Network model", value: listed(all.map((run) => run.network)) },
        { name: "Token traffic", value: listed(all.map((run) => run.tokenTraffic)) },
        { name: "Bytes of a weight", value: listed(all.map((run) => String(run.bytesPerWeight))) },
        {
          name: "Speed-ups over",
          value: listed(settingsOf(all).map(({ baseline }) => baseline))
        },
        { name: "Decode steps", value: listed(all.map((run) => integer(run.steps))) },
        {
          name: "Strategies",
          value: listed(
            all.map(
              ({ strategy: s }) =>
                `${s.name} = ${s.placement} placement + ${s.allocator} allocator + ${s.residency} copies`
            )
          )
        },
        ...settingsOf(all).map(({ title, machine }) =>
          machineOrigin(title, machine, `, ${machine.units.length} units, ${machine.links.length} directed links`)
        )
      ]
    }
  },
  metricsShown: (evidence) => metricIdsOf(runsOf(evidence))
} satisfies ReportedKind

export default simulation
