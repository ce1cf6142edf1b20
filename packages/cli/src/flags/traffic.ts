/** Flags of what places and what judges, of `place` and `advise`. */
import { PlaceError, usual } from "@moira/pipeline"
import { Effect, Option } from "effect"
import { Flag } from "effect/cli"
import { heldOutShare, nameList, seed } from "./shared.ts"

/** What of a trace may place and judge. */
export const phases = ["prefill", "decode", "both"] as const

export interface TrafficFlags {
  readonly fit: Option.Option<(typeof phases)[number]>
  readonly judge: (typeof phases)[number]
  readonly heldOut: number
  readonly seed: number
  readonly workload: Option.Option<string>
  readonly model: Option.Option<string>
  readonly score: Option.Option<string>
  readonly earlier: Option.Option<ReadonlyArray<string>>
}

/** Refuses earlier windows that are not two. */
export const checkEarlier = ({ earlier }: TrafficFlags): Effect.Effect<void, PlaceError> =>
  Option.isNone(earlier) || earlier.value.length === 2
    ? Effect.void
    : Effect.fail(
        new PlaceError({
          reason: "BadOption",
          where: `--earlier ${earlier.value.join(",")}`,
          what: "not two windows",
          hint: "name what was recorded before and what was recorded after it, such as prefill.json,decode.json"
        })
      )

/** Flags of what places and judges. */
export const trafficFlags = {
  score: Flag.String("score").pipe(
    Flag.optional,
    Flag.withDescription("other counts to judge on: a file, a store, or a workload of the same counts store")
  ),
  earlier: nameList("earlier").pipe(
    Flag.optional,
    Flag.withDescription("two earlier windows, such as PREFILL,DECODE: loads are expected to drift so again")
  ),
  fit: Flag.Literals("fit", phases).pipe(
    Flag.optional,
    Flag.withDescription("tokens of a trace that place; prompts when left out, or decode where there are none")
  ),
  judge: Flag.Literals("judge", phases).pipe(
    Flag.withDefault<(typeof phases)[number]>(usual.judge),
    Flag.withDescription("tokens of a trace that judge, of other requests than those that place")
  ),
  heldOut: heldOutShare,
  workload: Flag.String("workload").pipe(
    Flag.optional,
    Flag.withDescription("workload of a counts store that places, where it has several")
  ),
  model: Flag.String("model").pipe(
    Flag.optional,
    Flag.withDescription("model name or .json file; read off the counts when left out")
  ),
  seed
} as const
