/** Layouts judged on traffic: in sample, held out where there is such traffic, and how sure that is. */
import { type LayerTraffic, makeScore, type PlacementScore, scoreIntervals } from "@moira/placement"
import type { KnownInput } from "./inputs.ts"
import type { Layout } from "./layouts.ts"
import type { PlaceTraffic } from "./traffic.ts"

/** Scores by index of the layout; none held out where no such traffic is known, no intervals where no groups are. */
export interface Verdicts {
  readonly score: ReturnType<typeof makeScore>
  readonly inSample: ReadonlyArray<PlacementScore>
  readonly heldOut: ReadonlyArray<PlacementScore> | undefined
  readonly intervals: ReturnType<typeof scoreIntervals>
}

/** Scores of all layouts alike, index by index; `counted` is traffic of real tokens by layout, then layer. */
export const judge = (
  layouts: ReadonlyArray<Layout>,
  input: KnownInput,
  { train, heldOut }: PlaceTraffic,
  counted: ReadonlyArray<ReadonlyArray<LayerTraffic>> | undefined
): Verdicts => {
  const score = makeScore(input)
  const trafficOf = layouts.map((_, i) => (counted === undefined ? undefined : (l: number) => counted[i]![l]!))
  const scores = (counts: ReadonlyArray<Float64Array>, withTokens: boolean) =>
    layouts.map(({ placement }, i) => score(placement, counts, withTokens ? trafficOf[i] : undefined))
  return {
    score,
    inSample: scores(train.counts, heldOut === undefined),
    heldOut: heldOut === undefined ? undefined : scores(heldOut.counts, true),
    intervals:
      heldOut?.groups === undefined
        ? undefined
        : scoreIntervals(
            score,
            layouts.map(({ placement }) => placement),
            heldOut.groups,
            input.seed,
            trafficOf
          )
  }
}
