/** Insight 1: the prefill foretells the decode, above all its start. */
import { topCount } from "@moira/core/statistics"
import { type InsightJudge, percentText, reasonOf, untestable, verdictOf } from "./insight.ts"
import { concentration, rho } from "./thresholds.ts"

export const prefillPrediction: InsightJudge = {
  number: 1,
  title: "Prefill-driven prediction",
  claim: "The experts that prompts select foretell those that decoding selects, above all at its start",
  observations: ["Ob3"],
  judge: ({ temporal, input }) => {
    if (temporal === null) return untestable("the temporal analysis was not asked for")
    const phases = temporal.prefillDecode
    const missing = "the trace lacks one of the two phases"
    if (phases === null) return untestable(reasonOf(temporal.notMeasured, /Ob3|prefill/i, missing))
    const { rhoFrequency } = phases.mean
    const ceiling = phases.mean.ceiling?.rhoFrequency ?? null
    if (rhoFrequency === null) return untestable("no layer's frequencies can be ranked in both phases")
    const even = topCount(input.experts, 0.2) / input.experts
    const windows = temporal.positionDrift?.mean?.windows ?? []
    const last = windows.findLast(({ hotPrefill }) => hotPrefill !== null)
    const start = windows[0]
    const covered = start?.hotPrefill ?? null
    const sure = start?.hotPrefillInterval?.[0] ?? covered
    const first = temporal.positionDrift?.windows[0]
    const verdict = verdictOf([
      { value: rhoFrequency, bar: rho },
      ...(sure === null ? [] : [{ value: sure / even - 1, bar: concentration }])
    ])
    const usual = phases.layers.filter((layer) => !layer.degenerate && layer.rhoFrequency !== null)
    const strong = usual.filter((layer) => layer.rhoFrequency! >= rho.supported).length
    return {
      verdict,
      because:
        `the frequencies' rank correlation is ${rhoFrequency.toFixed(2)}, and at least ${rho.supported} in ${strong} of ${usual.length} layers` +
        (ceiling === null ? "" : ` (as many tokens of one law would give ${ceiling.toFixed(2)})`) +
        (covered === null
          ? ""
          : `; prefill's hottest 20 % of experts take ${percentText(covered)} of the first decode steps, ${percentText(even)} by chance`),
      evidence: [
        {
          what: "Spearman's rho of expert frequencies, prefill to decode, mean over layers",
          unit: "rho",
          value: rhoFrequency,
          interval: null,
          against: { what: "without a relation", value: 0 }
        },
        ...(covered === null
          ? []
          : [
              {
                what: "selections of the first decode steps that prefill's hottest 20 % of experts take",
                unit: "share" as const,
                value: covered,
                interval: start?.hotPrefillInterval ?? null,
                against: { what: "even use", value: even }
              }
            ]),
        ...(last === undefined || last === start
          ? []
          : [
              {
                what: "the same of the last window of decode steps",
                unit: "share" as const,
                value: last.hotPrefill!,
                interval: last.hotPrefillInterval,
                against: { what: "even use", value: even }
              }
            ]),
        ...(ceiling === null
          ? []
          : [
              {
                what: "rho that the number of tokens allows: the larger phase against itself, thinned to the smaller",
                unit: "rho" as const,
                value: ceiling,
                interval: null,
                against: null
              }
            ])
      ],
      parameter:
        verdict === "not supported" || covered === null || first === undefined
          ? null
          : {
              advice:
                `fill caches from prefill: at each layer its ${topCount(input.experts, 0.2)} hottest experts take ${percentText(covered)} of decode steps ` +
                `${first.from} to ${first.to - 1}` +
                (last === undefined || last === start
                  ? ""
                  : `, ${percentText(last.hotPrefill!)} at the end; decode's own hottest of the start would take ${percentText(start!.hotOwn ?? covered)}`),
              values: { experts_a_layer: topCount(input.experts, 0.2), covered_at_start: covered, rho: rhoFrequency }
            }
    }
  }
}
