/** Layouts that were judged, as data. */
import { type Fabric } from "@moira/hardware"
import {
  copiesSharingUnit,
  crossServerBytes,
  emptySlots,
  linkBytes,
  migration,
  type PlacementInput
} from "@moira/placement"
import type { PlaceLayout, PlaceScore } from "@moira/results"
import type { JudgedOn, Verdicts } from "./judge.ts"
import type { Layout } from "./layouts.ts"

/** Dispatch and combine share what is left of a step beside its experts as they share it by counts. */
const scoreOf = ({ score, run, expertsPs }: JudgedOn, present: JudgedOn): PlaceScore => {
  const { dispatchPs, combinePs } = score.times
  const exchangePs = dispatchPs + combinePs === 0 ? 0 : Math.max(0, run.layerTimePs - expertsPs)
  const dispatchShare = exchangePs === 0 ? 0 : dispatchPs / (dispatchPs + combinePs)
  return {
    balances: score.balances,
    dispatchPs: exchangePs * dispatchShare,
    expertsPs,
    combinePs: exchangePs * (1 - dispatchShare),
    layerTimePs: run.layerTimePs,
    speedup: run.layerTimePs > 0 ? present.run.layerTimePs / run.layerTimePs : 1
  }
}

interface JudgedLayout {
  readonly layout: Layout
  readonly inSample: JudgedOn
  readonly heldOut: JudgedOn | undefined
  readonly balanceInterval: PlaceLayout["balanceInterval"]
  readonly speedupInterval: PlaceLayout["speedupInterval"]
  readonly files: PlaceLayout["files"]
}

/** What all layouts are compared with. */
interface Yardstick {
  readonly fabric: Fabric
  readonly expertBytes: number
  readonly present: JudgedLayout
}

const layoutResult = (judged: JudgedLayout, { fabric, expertBytes, present }: Yardstick): PlaceLayout => {
  const { optimizer, title, placement } = judged.layout
  const lead = (judged.heldOut ?? judged.inSample).score
  const { units } = placement
  return {
    optimizer,
    title,
    ...(placement.note === undefined ? {} : { note: placement.note }),
    slotsPerUnit: placement.slotsPerUnit,
    inSample: scoreOf(judged.inSample, present.inSample),
    heldOut:
      judged.heldOut === undefined || present.heldOut === undefined ? null : scoreOf(judged.heldOut, present.heldOut),
    balanceInterval: judged.balanceInterval,
    speedupInterval: judged.speedupInterval,
    migration: migration(present.layout.placement, placement, expertBytes),
    copiesSharingUnit: copiesSharingUnit(placement),
    emptySlots: emptySlots(placement),
    unitLoad: [...lead.unitLoad],
    layerBalance: lead.layerBalance,
    traffic: Array.from({ length: units }, (_, a) =>
      Array.from(lead.traffic.subarray(a * units, (a + 1) * units), Math.round)
    ),
    linkBytes: Array.from(linkBytes(fabric, lead.traffic), Math.round),
    crossServerBytes: Math.round(crossServerBytes(fabric, lead.traffic)),
    physicalToLogical: placement.physicalToLogical.map((slots) => [...slots]),
    files: judged.files
  }
}

/** Every layout as data, beside the first of them, which is the present one; files by layout. */
export const layoutResults = (
  layouts: ReadonlyArray<Layout>,
  { inSample, heldOut, balanceIntervals, speedupIntervals }: Verdicts,
  { fabric, expertBytes }: PlacementInput,
  files: ReadonlyArray<PlaceLayout["files"]>
): ReadonlyArray<PlaceLayout> => {
  const judged = layouts.map((layout, i): JudgedLayout => ({
    layout,
    inSample: inSample[i]!,
    heldOut: heldOut?.[i],
    balanceInterval: balanceIntervals?.[i] ?? null,
    speedupInterval: speedupIntervals?.[i] ?? null,
    files: files[i]!
  }))
  return judged.map((one) => layoutResult(one, { fabric, expertBytes, present: judged[0]! }))
}

/** What a reader might look for in vain, and why. */
export const notMeasured = (has: {
  readonly judge: boolean
  readonly intervals: boolean
  readonly exchange: boolean
}): ReadonlyArray<{ readonly what: string; readonly why: string }> => [
  ...(has.judge
    ? []
    : [{ what: "held-out score", why: "nothing but the counts that placed: give others with --score" }]),
  ...(has.judge && !has.intervals
    ? [{ what: "intervals", why: "fewer than eight requests or recorded steps to draw from" }]
    : []),
  ...(has.exchange
    ? []
    : [
        {
          what: "dispatch and combine time",
          why: "the machine has no exchange of its own: activations go over its links while experts are read and computed"
        }
      ])
]
