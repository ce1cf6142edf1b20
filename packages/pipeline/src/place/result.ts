/** Layouts that were judged, as data. */
import { type Fabric } from "@moira/hardware"
import {
  copiesSharingUnit,
  crossServerBytes,
  emptySlots,
  linkBytes,
  migration,
  type PlacementInput,
  type PlacementScore
} from "@moira/placement"
import type { PlaceLayout, PlaceScore } from "@moira/results"
import type { Verdicts } from "./judge.ts"
import type { Layout } from "./layouts.ts"

const scoreOf = ({ balances, times }: PlacementScore, present: PlacementScore): PlaceScore => ({
  balances,
  dispatchPs: times.dispatchPs,
  expertsPs: times.expertsPs,
  combinePs: times.combinePs,
  layerTimePs: times.totalPs,
  speedup: times.totalPs > 0 ? present.times.totalPs / times.totalPs : 1
})

interface JudgedLayout {
  readonly layout: Layout
  readonly inSample: PlacementScore
  readonly heldOut: PlacementScore | undefined
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
  const lead = judged.heldOut ?? judged.inSample
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
  { inSample, heldOut, intervals }: Verdicts,
  { fabric, expertBytes }: PlacementInput,
  files: ReadonlyArray<PlaceLayout["files"]>
): ReadonlyArray<PlaceLayout> => {
  const judged = layouts.map((layout, i): JudgedLayout => ({
    layout,
    inSample: inSample[i]!,
    heldOut: heldOut?.[i],
    balanceInterval: intervals?.[i]?.balance ?? null,
    speedupInterval: intervals?.[i]?.speedup ?? null,
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
    : [{ what: "dispatch and combine time", why: "the machine has no exchange of its own; experts alone are timed" }])
]
