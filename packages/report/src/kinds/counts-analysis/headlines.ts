/** Of counts: how hot the hottest experts run, and how well prefill foretells decode. */
import type { Evidence } from "@moira/results"
import { real, times } from "../../format.ts"
import type { Headline } from "../../reported-kind.ts"
import { countsOf, hottestWorkload } from "./found.ts"

export const counts = (evidence: Evidence): ReadonlyArray<Headline> => {
  const document = countsOf(evidence)
  const hottest = hottestWorkload(evidence)
  return [
    ...(hottest === undefined
      ? []
      : [
          {
            value: times(hottest.skew),
            label: "the mean load on the hottest expert of a layer",
            detail: `mean over layers of ${hottest.workload}, the most uneven of ${document?.workloads?.length} workloads`
          }
        ]),
    ...(document?.phases ?? []).flatMap(({ decode, prefill, layers, mean }) => {
      const rho = mean?.rhoFrequency
      if (rho === null || rho === undefined) return []
      return [
        {
          value: real(rho),
          label: "rank correlation of expert use, prefill to decode",
          detail: `Spearman rho of ${prefill} and ${decode}, mean over ${layers.filter((l) => !l.degenerate).length} layers${
            mean?.ceiling?.rhoFrequency == null
              ? ""
              : `; the number of selections allows ${real(mean.ceiling.rhoFrequency)}`
          }`
        }
      ]
    })
  ]
}
