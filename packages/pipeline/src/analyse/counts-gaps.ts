/** Why counts without tokens cannot answer some of what a trace does. */
import type { CountsPhases, CountsWorkloadResult, NotMeasured } from "@moira/results"
import type { Labelled } from "./phases.ts"

const tokens = "counts hold no tokens, so"

const withoutTokens: ReadonlyArray<NotMeasured & { readonly of: "temporal" | "spatial" }> = [
  { of: "temporal", what: "next layer (Ob1)", why: `${tokens} which expert followed which is not known` },
  { of: "temporal", what: "next token (Ob2)", why: `${tokens} which expert followed which is not known` },
  {
    of: "temporal",
    what: "prefill against decode (Ob3): cross-layer and cross-token rho",
    why: `${tokens} only frequencies can be compared`
  },
  {
    of: "spatial",
    what: "tasks and languages (Ob4)",
    why: "counts do not say which request made them; record a workload for each task to compare tasks"
  },
  { of: "spatial", what: "expert pairs (Ob5)", why: `${tokens} which experts were chosen together is not known` }
]

const spatialGaps = (results: ReadonlyArray<CountsWorkloadResult>): ReadonlyArray<NotMeasured> => {
  const single = results.filter(({ steps }) => steps < 2).map(({ workload }) => workload)
  const empty = results.filter(({ layers }) => layers.length === 0).map(({ workload }) => workload)
  return [
    ...(single.length === 0
      ? []
      : [
          {
            what: `expert popularity (Ob4): held-out coverage of ${single.join(", ")}`,
            why: "one recorded step cannot both choose the experts and judge them"
          }
        ]),
    ...(empty.length === 0
      ? []
      : [{ what: `expert popularity (Ob4) of ${empty.join(", ")}`, why: "every count is zero" }])
  ]
}

const phaseGaps = (
  workloads: ReadonlyArray<Labelled>,
  matched: ReadonlyArray<readonly [Labelled, Labelled]>,
  phases: ReadonlyArray<CountsPhases>
): ReadonlyArray<NotMeasured> => {
  const what = "prefill against decode (Ob3)"
  const used = new Set(matched.flat().map(({ workload }) => workload))
  const left = workloads.filter(({ workload, phase }) => phase !== "both" && !used.has(workload))
  const both = workloads.filter(({ phase }) => phase === "both")
  const missing = (["prefill", "decode"] as const).filter((phase) => !workloads.some((one) => one.phase === phase))
  const apart = phases.filter(({ layers }) => layers.length === 0)
  return [
    ...(missing.length === 0
      ? left.map(({ workload, phase }) => ({
          what: `${what} of ${workload}`,
          why: `no ${phase === "prefill" ? "decode" : "prefill"} counts of that name`
        }))
      : [{ what, why: `the store has no ${missing.join(" and no ")} counts` }]),
    ...(both.length > 0 && missing.length < 2
      ? [
          {
            what: `${what} of ${both.map(({ workload }) => workload).join(", ")}`,
            why: "the counts do not say their phase"
          }
        ]
      : []),
    ...apart.map(({ prefill, decode }) => ({
      what: `${what} of ${prefill} and ${decode}`,
      why: "no layer has counts in both"
    }))
  ]
}

/** What counts cannot answer, and why; of the parts that were asked for, which are not `null`. */
export const countsGaps = (
  workloads: ReadonlyArray<Labelled>,
  matched: ReadonlyArray<readonly [Labelled, Labelled]>,
  phases: ReadonlyArray<CountsPhases> | null,
  results: ReadonlyArray<CountsWorkloadResult> | null
): ReadonlyArray<NotMeasured> => {
  const without = (part: "temporal" | "spatial") =>
    withoutTokens.filter(({ of }) => of === part).map(({ what, why }) => ({ what, why }))
  return [
    ...(phases === null ? [] : [...phaseGaps(workloads, matched, phases), ...without("temporal")]),
    ...(results === null ? [] : [...spatialGaps(results), ...without("spatial")])
  ]
}
