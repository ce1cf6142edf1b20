/** How many experts caches hold, as users ask for it. */
import { formatBytes, formatCount } from "@moira/core"
import { OffloadError } from "../error.ts"
import type { OffloadCost } from "./cost.ts"
import type { CacheScope } from "./cache-run-options.ts"
import type { DecodeStream } from "./stream.ts"

/** A share of the experts, 0 to 1, or a number of slots; `text` is how the user wrote it. */
export interface CacheSize {
  readonly text: string
  readonly share?: number
  readonly slots?: number
}

/** Sizes that are tried when nobody chooses. */
const usualSizes = 8

const refusedSize = (text: string, what: string, hint: string): OffloadError =>
  new OffloadError({ reason: "BadOption", where: `--cache ${text}`, what, hint })

/** Even steps from the least to the most that makes sense, both included. */
const spread = (least: number, most: number): ReadonlyArray<number> => [
  ...new Set(Array.from({ length: usualSizes }, (_, i) => Math.round(least + ((most - least) * i) / (usualSizes - 1))))
]

export interface SizeScene {
  readonly scope: CacheScope
  readonly stream: DecodeStream
  readonly cost: OffloadCost
  readonly machine: string
}

const words = (scope: CacheScope, slots: number): string =>
  `${formatCount(slots)} slot${slots === 1 ? "" : "s"}${scope === "layer" ? " a layer" : " in all"}`

/**
 * Slots of a pool for each size, ascending, or why one cannot be: it must hold what one layer step needs at once, no more
 * than there is, and fit into the unit's memory.
 */
export const slotsFor = (
  sizes: ReadonlyArray<CacheSize> | undefined,
  { scope, stream, cost, machine }: SizeScene
): ReadonlyArray<number> | OffloadError => {
  const { layers, experts, maxNeeds, batch } = stream
  const pools = scope === "layer" ? layers : 1
  const all = scope === "layer" ? experts : layers * experts
  const room = Math.min(all, Math.floor(cost.unitExperts / pools))
  const roomText = `${machine} has room for ${formatCount(cost.unitExperts)} experts of ${formatBytes(cost.expertBytes)}`
  if (sizes === undefined) {
    if (room >= maxNeeds) return spread(maxNeeds, room)
    return new OffloadError({
      reason: "BadOption",
      where: `--batch ${batch}`,
      what: `a layer step needs up to ${maxNeeds} experts at once, ${words(scope, maxNeeds)}: ${roomText}`,
      hint: "a smaller batch, fewer bytes a weight, or a unit with more memory"
    })
  }
  const slots: Array<number> = []
  for (const { text, share, slots: asked } of sizes) {
    const wanted = asked ?? Math.round((share ?? 0) * all)
    if (wanted < 1) return refusedSize(text, "0 slots: such a cache holds nothing", `at least ${maxNeeds}`)
    if (wanted > all) return refusedSize(text, `more than the ${all} experts there are`, "100% holds them all")
    if (wanted > room) {
      const bytes = formatBytes(wanted * pools * cost.expertBytes)
      return refusedSize(
        text,
        `${words(scope, wanted)} take ${bytes}: ${roomText}`,
        `at most ${words(scope, room)}, or a unit with more memory: --set memoryBytes=...`
      )
    }
    if (wanted < maxNeeds) {
      return refusedSize(
        text,
        `${words(scope, wanted)}: a layer step of batch ${batch} needs up to ${maxNeeds} experts at once`,
        `at least ${words(scope, maxNeeds)}, or a smaller --batch`
      )
    }
    slots.push(wanted)
  }
  return [...new Set(slots)].toSorted((a, b) => a - b)
}
