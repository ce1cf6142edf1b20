/** What the kit asks optimizers to place: small, seeded, and with every statistic that one may want. */
import { type Fabric, makePlacement, type Placement } from "@moira/hardware"
import { catalogue, moeLayers, random } from "@moira/core"
import type { PlacementInput } from "../optimizer.ts"

const model = catalogue.find(({ id }) => id === "mixtral-8x7b")!
const layers = moeLayers(model).slice(0, 2)
const { experts } = model

export type Rows = ReadonlyArray<Uint32Array>

export interface SceneOptions {
  readonly spareSlots?: number
  readonly seed?: number
  /** How often each expert was chosen: drawn, one far above the others, or as often as each other. */
  readonly load?: "drawn" | "skewed" | "even"
}

/** An input with all statistics; slots never outnumber experts on a unit, so that all can be filled without repeats. */
export const scene = (
  fabric: Fabric,
  { spareSlots = 0, seed = 1, load = "drawn" }: SceneOptions = {}
): PlacementInput => {
  const { below } = random(seed)
  const draw = (e: number) => (load === "even" ? 5 : load === "skewed" && e === 3 ? 400 : 1 + below(20))
  const rows = (): Rows => layers.map(() => Uint32Array.from({ length: experts }, (_, e) => draw(e)))
  const pairs = (count: number, symmetric: boolean): Rows =>
    Array.from({ length: count }, () => {
      const table = Uint32Array.from({ length: experts ** 2 }, () => below(30))
      if (!symmetric) return table
      return table.map((value, at) => {
        const [i, j] = [Math.floor(at / experts), at % experts]
        return i === j ? 0 : value + table[j * experts + i]!
      })
    })
  return {
    model,
    layers,
    fabric,
    expertBytes: 1e6,
    spareSlots,
    counts: rows(),
    judgedOn: rows(),
    coActivation: pairs(layers.length, true),
    transitions: pairs(layers.length - 1, false),
    workloads: [
      { name: "one", counts: rows() },
      { name: "other", counts: rows() }
    ],
    batchTokens: 4096
  }
}

/** Spare slots that a unit may have before slots outnumber experts there: at most two. */
export const spareChoices = ({ units }: Fabric): ReadonlyArray<number> =>
  [0, 1, 2].filter((spare) => Math.ceil(experts / units) + spare <= experts)

/** A scene with a dead unit and enough slots on the others; only for two units and more. */
export const deadScene = (fabric: Fabric, dead: number): PlacementInput => {
  const even = Math.ceil(experts / fabric.units)
  const spareSlots = Math.max(0, Math.ceil(experts / (fabric.units - 1)) - even)
  return { ...scene(fabric, { spareSlots }), deadUnits: [dead] }
}

/** A layout in drawn order that fills no spare slot. */
export const presentOf = ({ fabric, spareSlots }: PlacementInput): Placement => {
  const { below } = random(77)
  const order = Array.from({ length: experts }, (_, e) => e)
  for (let i = experts - 1; i > 0; i--) {
    const j = below(i + 1)
    ;[order[i], order[j]] = [order[j]!, order[i]!]
  }
  const placed = makePlacement({ units: fabric.units, experts, layers }, (_, e) => [order.indexOf(e) % fabric.units])
  const slotsPerUnit = Math.ceil(experts / fabric.units) + spareSlots
  const physicalToLogical = placed.physicalToLogical.map((slots) => {
    const padded = new Int32Array(fabric.units * slotsPerUnit).fill(-1)
    for (let u = 0; u < fabric.units; u++)
      padded.set(slots.subarray(u * placed.slotsPerUnit, (u + 1) * placed.slotsPerUnit), u * slotsPerUnit)
    return padded
  })
  return { ...placed, slotsPerUnit, physicalToLogical }
}

/** Slots that hold an expert which the same slot did not hold before. */
export const changedSlots = (before: Placement, after: Placement): number => {
  let changed = 0
  after.physicalToLogical.forEach((slots, l) =>
    slots.forEach((expert, s) => {
      const [unit, at] = [Math.floor(s / after.slotsPerUnit), s % after.slotsPerUnit]
      const was = at < before.slotsPerUnit ? before.physicalToLogical[l]![unit * before.slotsPerUnit + at]! : -1
      if (expert >= 0 && expert !== was) changed++
    })
  )
  return changed
}

/** Inputs that every optimizer must refuse, each wrong in one way. */
export const badInputs = (fabric: Fabric): ReadonlyArray<readonly [wrong: string, input: PlacementInput]> => {
  const good = scene(fabric)
  const counts = good.counts!
  const units = Array.from({ length: fabric.units }, (_, u) => u)
  return [
    ["experts that memory has no room for", { ...good, expertBytes: 1e15 }],
    ["counts of a model with fewer experts", { ...good, counts: counts.map((row) => Array.from(row).slice(1)) }],
    ["counts of a model with more experts", { ...good, counts: counts.map((row) => [...Array.from(row), 1]) }],
    ["counts with a layer missing", { ...good, counts: counts.slice(1) }],
    ["counts that are not numbers", { ...good, counts: counts.map((row) => Array.from(row, () => Number.NaN)) }],
    ["negative counts", { ...good, counts: counts.map((row) => Array.from(row, () => -1)) }],
    ["slots that do not divide by the units", { ...good, spareSlots: 0.5 }],
    ["fewer slots than none to spare", { ...good, spareSlots: -1 }],
    ["no layer", { ...good, layers: [], counts: [] }],
    ["a dead unit that does not exist", { ...good, deadUnits: [fabric.units] }],
    ["no living unit", { ...good, deadUnits: units }],
    ["more experts than slots", { ...good, deadUnits: units.slice(1) }]
  ]
}
