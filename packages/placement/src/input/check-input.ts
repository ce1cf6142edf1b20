/** What every optimizer asks of its input before it places anything. */
import { leastOf } from "@moira/core/statistics"
import { formatBytes } from "@moira/core"
import { Effect } from "effect"
import { PlacementError, type PlacementInput } from "../optimizer.ts"

/** Statistics that an optimizer cannot do without. */
export type Needed = "counts" | "coActivation" | "transitions" | "workloads" | "judgedOn"

/** Slots of each unit and layer: the even share, rounded up, and the spare ones. */
export const slotsPerUnitOf = ({ model, fabric, spareSlots }: PlacementInput): number =>
  Math.ceil(model.experts / fabric.units) + spareSlots

/** Numbers of the units that may hold experts, ascending. */
export const liveUnits = ({ fabric, deadUnits = [] }: PlacementInput): ReadonlyArray<number> => {
  const dead = new Set(deadUnits)
  return Array.from({ length: fabric.units }, (_, u) => u).filter((u) => !dead.has(u))
}

/** Units, experts and layers of what will be placed, as `makePlacement` takes them. */
export const shapeOfInput = ({ fabric, model, layers }: PlacementInput) => ({
  units: fabric.units,
  experts: model.experts,
  layers
})

/** Slots of the fullest unit where experts lie once and as evenly as the living units allow. */
export const evenSlots = (input: PlacementInput): number => Math.ceil(input.model.experts / liveUnits(input).length)

export interface CheckOptions {
  readonly needs?: ReadonlyArray<Needed>
  /** Slots of a unit that will be in use; all when left out. */
  readonly slots?: number
}

/** Fails with the first thing that is wrong with an input; where nothing is, an optimizer may start. */
export const checkInput = Effect.fnUntraced(function* (
  input: PlacementInput,
  options: CheckOptions = {}
): Effect.fn.Return<void, PlacementError> {
  yield* checkNumbers(input)
  yield* checkRoom(input, options.slots)
  yield* checkStatistics(input, options.needs ?? [])
})

const place = ({ model, fabric }: PlacementInput) => `${model.title} on ${fabric.units} units`

const checkNumbers = Effect.fnUntraced(function* (input: PlacementInput): Effect.fn.Return<void, PlacementError> {
  const { layers, fabric, spareSlots, batchTokens = 1, deadUnits = [], migrationSlots = 0 } = input
  const unsuitable = (what: string, hint: string) =>
    new PlacementError({ reason: "Unsuitable", where: place(input), what, hint })
  const whole = (value: number, least: number) => Number.isInteger(value) && value >= least
  if (layers.length === 0) return yield* unsuitable("there is no layer to place", "name at least one MoE layer")
  if (!whole(spareSlots, 0))
    return yield* unsuitable(
      `${spareSlots} spare slots a unit`,
      "slots divide by the units: give a whole number a unit, 0 or more"
    )
  if (!whole(batchTokens, 1))
    return yield* unsuitable(`a batch of ${batchTokens} tokens`, "give a whole number, 1 or more")
  if (!whole(migrationSlots, 0))
    return yield* unsuitable(`${migrationSlots} slots to migrate`, "give a whole number, 0 or more")
  const odd = deadUnits.find((u) => !(whole(u, 0) && u < fabric.units))
  if (odd !== undefined)
    return yield* unsuitable(`dead unit ${odd} does not exist`, `units are numbered 0 to ${fabric.units - 1}`)
  if (liveUnits(input).length === 0) return yield* unsuitable("every unit is dead", "leave at least one unit alive")
})

const checkRoom = Effect.fnUntraced(function* (
  input: PlacementInput,
  used?: number
): Effect.fn.Return<void, PlacementError> {
  const { model, fabric, layers, expertBytes, spareSlots } = input
  const live = liveUnits(input)
  const slots = slotsPerUnitOf(input)
  const doesNotFit = (what: string, hint: string) =>
    new PlacementError({ reason: "DoesNotFit", where: place(input), what, hint })
  if (live.length * slots < model.experts) {
    const needed = Math.ceil(model.experts / live.length) - (slots - spareSlots)
    return yield* doesNotFit(
      `${model.experts} experts are more than the ${live.length * slots} slots of ${live.length} living units`,
      `give at least ${needed} spare slots a unit`
    )
  }
  const bytes = (used ?? slots) * layers.length * expertBytes
  const room = leastOf(live.map((u) => fabric.expertBytes[u]!))
  if (bytes <= room) return
  return yield* doesNotFit(
    `the experts of one unit take ${formatBytes(bytes)}, it has room for ${formatBytes(room)}`,
    "use more units, fewer spare slots, a smaller weight format or a machine with more memory"
  )
})

const checkStatistics = Effect.fnUntraced(function* (
  input: PlacementInput,
  needs: ReadonlyArray<Needed>
): Effect.fn.Return<void, PlacementError> {
  const { model, layers } = input
  const missing = needs.find((name) => input[name] === undefined || input[name].length === 0)
  if (missing !== undefined)
    return yield* new PlacementError({
      reason: "NeedsCounts",
      where: place(input),
      what: `this optimizer needs ${described[missing]}, and there is none`,
      hint: hints[missing]
    })
  const tables: ReadonlyArray<readonly [name: string, rows: Rows | undefined, layers: number, cells: number]> = [
    ["counts", input.counts, layers.length, model.experts],
    ["counts of the traffic to judge on", input.judgedOn, layers.length, model.experts],
    ["co-activation", input.coActivation, layers.length, model.experts ** 2],
    ["transitions", input.transitions, layers.length - 1, model.experts ** 2],
    ...(input.groups ?? []).map((rows, g) => [`counts of group ${g}`, rows, layers.length, model.experts] as const),
    ...(input.workloads ?? []).map(
      ({ name, counts }) => [`counts of ${name}`, counts, layers.length, model.experts] as const
    )
  ]
  for (const [name, rows, wanted, cells] of tables) {
    const fault = rows === undefined ? undefined : rowsFault(rows, layers, wanted, cells)
    if (fault !== undefined)
      return yield* new PlacementError({
        reason: "Unsuitable",
        where: place(input),
        what: `${name}: ${fault}`,
        hint: `give statistics of ${model.title}, one row for each of the layers to place`
      })
  }
})

type Rows = ReadonlyArray<ArrayLike<number>>

const described: Record<Needed, string> = {
  counts: "counts of how often each expert was chosen",
  coActivation: "co-activation counts of expert pairs",
  transitions: "transition counts between layers",
  workloads: "counts of at least one workload",
  judgedOn: "the traffic that the placement is judged on"
}

const hints: Record<Needed, string> = {
  counts: "give a trace or a file of counts, or place without: contiguous, round-robin, random",
  coActivation: "co-activation comes from a trace of selections, not from counts, and needs a top-k above 1",
  transitions: "transitions come from a trace of selections, not from counts, and need two layers",
  workloads: "name the tasks or languages of a trace",
  judgedOn: "oracles know the answer: give the counts that the score is taken on"
}

/** What is wrong with a table of one row a layer; plain loops, since pair tables have experts x experts cells. */
const rowsFault = (rows: Rows, layers: ReadonlyArray<number>, wanted: number, cells: number): string | undefined => {
  if (rows.length < wanted) return `layer ${layers[rows.length]} is missing, ${rows.length} rows for ${wanted}`
  if (rows.length > wanted) return `${rows.length} rows for ${wanted}`
  for (let l = 0; l < rows.length; l++) {
    const row = rows[l]!
    if (row.length !== cells) return `layer ${layers[l]} has ${row.length} values, not ${cells}`
    for (let i = 0; i < row.length; i++)
      if (!(row[i]! >= 0 && row[i]! < Infinity)) return `layer ${layers[l]} has ${row[i]} at ${i}`
  }
  return undefined
}
