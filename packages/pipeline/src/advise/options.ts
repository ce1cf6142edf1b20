/** What `advise` is asked for. */
import type { MachineRequest } from "../machine/sized.ts"

export interface AdviseOptions extends MachineRequest {
  /** Name, package or path of the placement optimizer. */
  readonly optimizer: string
  /** Tokens of one layer step, all units together; ascending. */
  readonly batches: ReadonlyArray<number>
  /** Most spare slots a unit to consider. */
  readonly maxSlots: number
  /** Most decode steps that judge; 32 when left out. */
  readonly steps?: number
  /** Share of each unit's memory that the KV cache keeps, beside what the machine reserves. */
  readonly kvReserveShare: number
  readonly seed: number
  /** The command line that repeats the advice, as far as `place` and `simulate` take it. */
  readonly asked: Asked
}

/** Words of the command line. */
export interface Asked {
  /** A store of traces, a store of counts or a file of counts. */
  readonly input: string
  /** Flags of the machine, which `place` and `simulate` take alike. */
  readonly machine: ReadonlyArray<string>
  /** Flags of what places and judges, which `place` takes. */
  readonly traffic: ReadonlyArray<string>
  /** Whether `simulate` can run the input. */
  readonly isTrace: boolean
}
