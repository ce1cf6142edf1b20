/** What `moira place` is asked for. */
import { PlaceError } from "./traffic.ts"
import type { MachineRequest } from "../machine/sized.ts"

export interface PlaceRequest extends MachineRequest {
  readonly optimizers: ReadonlyArray<string>
  readonly exporters: ReadonlyArray<string>
  /** Slots a unit beyond the even share, or redundant experts in all. */
  readonly spare: { readonly slots: number } | { readonly redundant: number }
  readonly batchTokens: number
  /** A file with what lies where now; contiguous when left out. */
  readonly present?: string
  readonly migrationSlots?: number
  readonly deadUnits: ReadonlyArray<number>
  readonly seed: number
  /** Directory for files; nothing is written when left out. */
  readonly out?: string
}

/** Spare slots a unit; an error where copies in all do not divide by the units. */
export const spareSlots = ({ spare }: PlaceRequest, experts: number, units: number): number | PlaceError => {
  if ("slots" in spare) return spare.slots
  const slots = experts + spare.redundant
  if (slots % units !== 0)
    return new PlaceError({
      reason: "BadOption",
      where: `--redundant ${spare.redundant}`,
      what: `${experts} experts and ${spare.redundant} copies are ${slots} slots, which do not divide by ${units} units`,
      hint: `for example --redundant ${Math.ceil(slots / units) * units - experts}`
    })
  return slots / units - Math.ceil(experts / units)
}
