/** What `place` is asked for. */
import { PlaceError } from "./traffic.ts"
import type { MachineRequest } from "../machine/sized.ts"

/** A file with a placement, in any form that an exporter writes. */
export interface PlacementFile {
  /** What it is called in messages; its last part names it in results. */
  readonly name: string
  readonly text: string
}

export interface PlaceOptions extends MachineRequest {
  /** Built-in names, packages or paths. */
  readonly optimizers: ReadonlyArray<string>
  /** Forms of the files that `place` gives, beside Moira's own and the traffic; no file at all when left out. */
  readonly exporters?: ReadonlyArray<string>
  /** Slots a unit beyond the even share, or redundant experts in all. */
  readonly spare: { readonly slots: number } | { readonly redundant: number }
  /** Tokens of one layer step, all units together. */
  readonly batchTokens: number
  /** Most decode steps that judge; 32 when left out, or fewer where the machine has hundreds of units, which is said. */
  readonly steps?: number
  /** What lies where now; contiguous when left out. */
  readonly present?: PlacementFile
  /** Most slots, over all layers, that may change; as many as it takes when left out. */
  readonly migrationSlots?: number
  /** Units that must hold nothing. */
  readonly deadUnits: ReadonlyArray<number>
  readonly seed: number
}

/** The last part of a file's name. */
export const baseName = ({ name }: PlacementFile): string => name.slice(name.lastIndexOf("/") + 1)

/** Spare slots a unit; an error where copies in all do not divide by the units. */
export const spareSlots = ({ spare }: PlaceOptions, experts: number, units: number): number | PlaceError => {
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
