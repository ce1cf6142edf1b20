/** Chapters on caches of experts: one unit with memory behind it. */
import { resultKinds } from "@moira/results"
import { integer } from "../../format.ts"
import { of } from "../../not-measured.ts"
import { machineOrigin } from "../../provenance.ts"
import type { ReportedKind } from "../../reported-kind.ts"
import { offloadOf } from "./expert-caches.ts"
import { expertCacheHits } from "./figures/expert-cache-hits.ts"
import { expertCacheSpeed } from "./figures/expert-cache-speed.ts"
import { cacheMessage, caches } from "./headlines.ts"
import { expertCacheLayerRows, expertCacheRows } from "./tables/expert-caches.ts"

const offload = {
  ...resultKinds.offload,
  order: 300,
  sections: [
    {
      id: "caches",
      order: 500,
      title: "Caches of experts",
      lead:
        "One unit whose memory holds some of the experts, the rest behind a link: what each policy hits and what that is " +
        "worth, on requests that nothing was learnt from."
    }
  ],
  figures: [expertCacheHits, expertCacheSpeed],
  tables: [expertCacheRows, expertCacheLayerRows],
  headlines: [{ order: 400, of: caches }],
  messages: [{ order: 500, of: cacheMessage }],
  warnings: (evidence) => (offloadOf(evidence)?.warnings ?? []).map((text) => `Caches of experts: ${text}`),
  notMeasured: { order: 400, of: (evidence) => of("Caches of experts", offloadOf(evidence)?.notMeasured) },
  // Who judges, who foretells, what the machines are.
  origins: {
    order: 400,
    of: (evidence) => {
      const result = offloadOf(evidence)
      if (result === undefined) return []
      const { split, cachePredictor, prefetchPredictor, prefetchFor, scope, bytesPerWeight, betweenPs, machines } =
        result
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
        ...machines.map((machine) => machineOrigin(machine.name, machine))
      ]
    }
  },
  metricsShown: (evidence) => (offloadOf(evidence)?.runs ?? []).flatMap(({ metrics }) => Object.keys(metrics))
} satisfies ReportedKind

export default offload
