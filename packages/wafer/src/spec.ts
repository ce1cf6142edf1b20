/** What describes a wafer-scale GPU: the columns of the study's Table I, and the few measured shares it leaves open. */
import { Amount, Count, Picoseconds, PositiveCount, Rate, ReservedShare, Share } from "@moira/core"
import { EnergyCosts } from "@moira/hardware"
import { Schema } from "effect"

const DieAt = Schema.Tuple([Count, Count])
/** Column and row of a die, counted from 0. */
export type DieAt = typeof DieAt.Type

const Controller = Schema.Struct({
  basePs: Picoseconds,
  cyclePs: Amount
})

export const WaferSpec = Schema.Struct({
  columns: PositiveCount,
  rows: PositiveCount,
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
  taskOverheadPs: Schema.optionalKey(Picoseconds),
  hbmBytes: Rate,
  /** Kept for activations, KV cache and the runtime. */
  hbmReservedShare: ReservedShare,
  /** Data-sheet bandwidth of one die's HBM. */
  hbmBytesPerSec: Rate,
  /** Share of it that streaming expert weights reaches. */
  hbmEfficiency: Share,
  hbmLatencyPs: Picoseconds,
  /** Last-level cache of one die, and what finding weights there, or not, takes; all three or none. */
  llcBytes: Schema.optionalKey(Rate),
  llcHitPs: Schema.optionalKey(Picoseconds),
  llcMissPs: Schema.optionalKey(Picoseconds),
  /** One direction of one die-to-die link. */
  linkBytesPerSec: Rate,
  linkLatencyPs: Picoseconds,
  /** Expert fetches that a die keeps in flight. Not fitted: with enough of them, only bandwidth is left to wait for. */
  outstandingFetches: PositiveCount,
  /** Deciding an allocation: on the wafer's Global Command Processor, and on the host over PCIe, there and back. */
  globalCp: Controller,
  hostCpu: Controller,
  /** Command and address of a remote read. */
  commandBytes: Count,
  /** Prices of memory, links and arithmetic, each with its source; energy is not counted when left out. */
  energy: Schema.optionalKey(EnergyCosts)
})
export type WaferSpec = typeof WaferSpec.Type
