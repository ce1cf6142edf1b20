/** How advice on balancing is told: names and order that figures, tables and headlines share. */
import {
  type Advice,
  type AdviceBatch,
  type AdviceDocument,
  type AdviceOption,
  type Evidence,
  resultKinds
} from "@moira/results"
import { integer } from "../../format.ts"

export const adviceOf = (evidence: Evidence): ReadonlyArray<AdviceDocument> => evidence.of(resultKinds.advice)

/** What tells one advice from another on the same trace. */
export const settingOf = ({ advice: { units, machine } }: AdviceDocument): string =>
  machine.name.includes(`${units} units`) ? machine.name : `${machine.name}, ${integer(units)} units`

export const layoutName = ({ layout, slots }: Pick<AdviceOption, "layout" | "slots">): string =>
  layout === "replicated" ? `${slots} spare ${slots === 1 ? "slot" : "slots"} a unit` : layout

/** The layouts that change something, by spare slots. Contiguous is what speed-ups are over. */
export const bySlots = ({ options }: AdviceBatch): ReadonlyArray<AdviceOption> =>
  options.filter(({ layout }) => layout !== "contiguous").toSorted((a, b) => a.slots - b.slots)

/** The option that a batch's verdict takes, else the one that is fastest; undefined where there is nothing to choose from. */
export const leadingOption = (batch: AdviceBatch): AdviceOption | undefined => {
  const options = bySlots(batch)
  return (
    options.find(({ slots }) => slots === batch.advisedSlots) ?? options.toSorted((a, b) => b.speedup - a.speedup)[0]
  )
}

/** The smallest batch with the verdict of all: what the answer is told by. */
export const leadingBatch = ({ batches, verdict }: Advice): AdviceBatch | undefined =>
  batches.find((batch) => batch.verdict === verdict)

/** `bound_exchange_share` as `exchange`; nothing where it is not known what binds. */
export const boundPart = ({ binds }: AdviceOption): string | null => binds?.replaceAll(/^bound_|_share$/g, "") ?? null
