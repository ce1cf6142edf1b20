/** Copies share an expert's tokens by weights that stay: a table that an engine looks up, made once. */
import type { AllocationPolicy } from "../allocator.ts"
import { makeMinMax } from "../shares/min-max.ts"
import { cumulated, shareEvenly } from "../shares/shares.ts"
import type { Holders } from "@moira/hardware"

/** Steps of each layer from which its weights are learnt; copies share evenly until then. */
const learntSteps = 8

interface Layer {
  readonly start: Uint32Array
  readonly unit: Uint16Array
  readonly expertTokens: Uint32Array
  /** Share of an expert's tokens that go to its holders up to this one. */
  readonly upTo: Float64Array
  steps: number
}

const same = ({ start, unit }: Layer, holders: Holders): boolean => {
  for (let e = 0; e < start.length; e++) if (start[e] !== holders.start[e]) return false
  for (let h = 0; h < unit.length; h++) if (unit[h] !== holders.unit[h]) return false
  return true
}

/**
 * Weights are those of the best split (`copies-lp`) of the tokens of a layer's first {@link learntSteps} steps: no counts are known when an
 * allocator is prepared. A layer is known by its holders; where they change, as with copies made on the way, its weights are
 * learnt again. Allocates only when a layer is seen for the first time or its holders changed.
 */
const copiesStatic: AllocationPolicy = {
  contract: "allocation/v1",
  id: "copies-static",
  title: "Fixed weights among copies",
  prepare: ({ fabric, experts }) => {
    const { units } = fabric
    const layers = new WeakMap<Holders, Layer>()
    const minMax = makeMinMax(units, experts)
    const split = new Uint32Array(experts * units)

    const known = (holders: Holders): Layer => {
      const before = layers.get(holders)
      if (before !== undefined && same(before, holders)) return before
      const copies = holders.start[experts]!
      const layer = {
        start: holders.start.slice(),
        unit: holders.unit.slice(0, copies),
        expertTokens: new Uint32Array(experts),
        upTo: new Float64Array(copies),
        steps: 0
      }
      layers.set(holders, layer)
      return layer
    }

    const learn = ({ start, unit, expertTokens, upTo }: Layer, holders: Holders): void => {
      split.fill(0)
      minMax.split(expertTokens, holders, split)
      for (let e = 0; e < experts; e++) {
        const copies = start[e + 1]! - start[e]!
        let given = 0
        for (let h = start[e]!; h < start[e + 1]!; h++) {
          given += split[e * units + unit[h]!]!
          upTo[h] = expertTokens[e] === 0 ? (h + 1 - start[e]!) / copies : given / expertTokens[e]!
        }
      }
    }

    return (expertTokens, holders, allocation) => {
      const layer = known(holders)
      if (layer.steps < learntSteps) {
        for (let e = 0; e < experts; e++) {
          layer.expertTokens[e]! += expertTokens[e]!
          if (expertTokens[e]! > 0)
            shareEvenly(
              expertTokens[e]!,
              holders.unit,
              holders.start[e]!,
              holders.start[e + 1]!,
              e,
              e * units,
              allocation
            )
        }
        if (++layer.steps === learntSteps) learn(layer, holders)
        return
      }
      const { start, unit, upTo } = layer
      for (let e = 0; e < experts; e++) {
        let given = 0
        for (let h = start[e]!; h < start[e + 1]!; h++) {
          const until = cumulated(expertTokens[e]!, upTo[h]!)
          allocation[e * units + unit[h]!] = until - given
          given = until
        }
      }
    }
  }
}

export default copiesStatic
