/** What describes a wafer-scale GPU: the columns of the study's Table I, and the few measured shares it leaves open. */
import { EnergyCosts } from "@moira/hardware"
import { Schema } from "effect"

const Count = Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(1)))
const Rate = Schema.Finite.pipe(Schema.check(Schema.isGreaterThan(0)))
const Share = Schema.Finite.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 1, exclusiveMinimum: true })))
const WholeNumber = Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0)))
const WholePs = Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0)))

const DieAt = Schema.Tuple([WholeNumber, WholeNumber])
/** Column and row of a die, counted from 0. */
export type DieAt = typeof DieAt.Type

const Controller = Schema.Struct({
  basePs: WholePs,
  cyclePs: Schema.Finite.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0)))
})

export const WaferSpec = Schema.Struct({
  columns: Count,
  rows: Count,
  /** Links to the four neighbours, or also around the edges; a mesh when left out. */
  topology: Schema.optionalKey(Schema.Literals(["mesh", "torus"])),
  /** On a mesh X first, Y first, or half of the pairs each (O1TURN); X first when left out, and always on a torus. */
  routing: Schema.optionalKey(Schema.Literals(["xy", "yx", "o1turn"])),
  /** Dies `[x, y]` that do not work, and take their links with them; nothing lies or runs there. None when left out. */
  deadDies: Schema.optionalKey(Schema.Array(DieAt)),
  /** Pairs of neighbours `[[x, y], [x, y]]` whose link works in neither direction. None when left out. */
  deadLinks: Schema.optionalKey(Schema.Array(Schema.Tuple([DieAt, DieAt]))),
  /** Dense FP16 peak of one die. */
  flopsPerSec: Rate,
  /** Share of the peak that large expert GEMMs reach. */
  computeEfficiency: Share,
  /** What every task (one expert on one die) takes besides; nothing when left out. */
  taskOverheadPs: Schema.optionalKey(WholePs),
  hbmBytes: Rate,
  /** Kept for activations, KV cache and the runtime. */
  hbmReservedShare: Schema.Finite.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 0.95 }))),
  /** Data-sheet bandwidth of one die's HBM. */
  hbmBytesPerSec: Rate,
  /** Share of it that streaming expert weights reaches. */
  hbmEfficiency: Share,
  hbmLatencyPs: WholePs,
  /** Last-level cache of one die, and what finding weights there, or not, takes; all three or none. */
  llcBytes: Schema.optionalKey(Rate),
  llcHitPs: Schema.optionalKey(WholePs),
  llcMissPs: Schema.optionalKey(WholePs),
  /** One direction of one die-to-die link. */
  linkBytesPerSec: Rate,
  linkLatencyPs: WholePs,
  /** Expert fetches that a die keeps in flight: the one constant chosen to agree with the study. */
  outstandingFetches: Count,
  /** Deciding an allocation: on the wafer's Global Command Processor, and on the host over PCIe, there and back. */
  globalCp: Controller,
  hostCpu: Controller,
  /** Command and address of a remote read. */
  commandBytes: WholePs,
  /** Prices of memory, links and arithmetic, each with its source; energy is not counted when left out. */
  energy: Schema.optionalKey(EnergyCosts)
})
export type WaferSpec = typeof WaferSpec.Type
