// What layouts are worth on requests that did not place them, over several splits, and what limits them.
//   node --conditions=@moira/source scripts/place/held-out.ts STORE UNITS SLOTS [SPLITS]
import { Effect } from "effect"
import { random, substream } from "../../packages/core/src/index.ts"
import { mean, sum } from "../../packages/core/src/statistics.ts"
import { storeTraffic } from "../../packages/pipeline/src/index.ts"
import { balancedness, type GroupCounts, type PlacementInput, unitLoads } from "../../packages/placement/src/index.ts"
import { globalShape, makeRebalance } from "../../packages/placement/src/optimizers/eplb/rebalance.ts"
import { placeLayers } from "../../packages/placement/src/optimizers/moira/place.ts"
import { storeLayer } from "../../packages/trace/src/node.ts"
import { h100Fabric } from "./cases.ts"
import type { Rows } from "./loads.ts"

const [store, unitsText, slotsText, splitsText = "8"] = process.argv.slice(2)
if (store === undefined || slotsText === undefined) throw new Error("give STORE UNITS SLOTS [SPLITS]")
const [units, spareSlots, splits] = [Number(unitsText), Number(slotsText), Number(splitsText)]

const together = (groups: GroupCounts): Rows =>
  groups[0]!.map((row, l) => Float64Array.from(row, (_, e) => sum(groups.map((group) => group[l]![e]!))))

/** Balance of every policy on one split. */
const split = (seed: number) =>
  Effect.gen(function* () {
    const { model, layers, train, heldOut } = yield* storeTraffic(store, {
      fit: "decode",
      judge: "decode",
      heldOutShare: 0.5,
      seed
    })
    const judged = heldOut!
    const slotsPerUnit = Math.ceil(model.experts / units) + spareSlots
    const balanceOf = (placed: ReadonlyArray<Int32Array>, rows: Rows) =>
      mean(placed.map((slots, l) => balancedness(unitLoads(slots, slotsPerUnit, rows[l]!).choices, units)))
    const moira = (counts: Rows, groups?: GroupCounts) =>
      placeLayers({
        model,
        layers,
        fabric: h100Fabric(units),
        expertBytes: 1,
        spareSlots,
        counts,
        ...(groups === undefined ? {} : { groups })
      } satisfies PlacementInput)
    const rebalance = makeRebalance(
      globalShape({ experts: model.experts, replicas: units * slotsPerUnit, groups: 1, nodes: 1, gpus: units })
    )
    const eplb = train.counts.map((counts) => {
      const slots = new Int32Array(units * slotsPerUnit)
      rebalance(counts, slots)
      return slots
    })
    const [plain, windows] = [moira(train.counts), moira(train.counts, train.groups)]
    const everything = [...train.groups!, ...judged.groups!]
    const known = moira(together(everything), everything)
    const { below } = random(substream(seed, "held-out"))
    // Windows as large as the one that judged, of a law that is known.
    const fresh = Array.from({ length: 8 }, () =>
      together(judged.groups!.map(() => everything[below(everything.length)]!))
    )
    return {
      "EPLB in sample": balanceOf(eplb, train.counts),
      "Moira in sample": balanceOf(windows, train.counts),
      EPLB: balanceOf(eplb, judged.counts),
      "Moira, counts alone": balanceOf(plain, judged.counts),
      Moira: balanceOf(windows, judged.counts),
      "law known": mean(fresh.map((rows) => balanceOf(known, rows))),
      "judge known": balanceOf(moira(judged.counts), judged.counts)
    }
  }).pipe(Effect.provide(storeLayer(store)), Effect.runPromise)

const all = await Promise.all(Array.from({ length: splits }, (_, i) => split(i + 1)))
const names = Object.keys(all[0]!) as ReadonlyArray<keyof (typeof all)[number]>
const gains = all.map((row) => row.Moira - row.EPLB)
const error = Math.sqrt(mean(gains.map((gain) => (gain - mean(gains)) ** 2)) / (splits - 1))
console.log(`| store | units | slots a unit | ${names.join(" | ")} | Moira - EPLB |`)
console.log(
  `| ${store} | ${units} | ${spareSlots} | ${names.map((name) => mean(all.map((row) => row[name])).toFixed(3)).join(" | ")} | ${mean(gains).toFixed(4)} +- ${error.toFixed(4)} |`
)
