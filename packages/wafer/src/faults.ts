/** Which dies and links of a wafer work, and whether what is left is one machine. */
import { InvalidSpec, islands, duplex, meshPairs, torusPairs } from "@moira/hardware"
import { Effect } from "effect"
import type { DieAt, WaferSpec } from "./spec.ts"

/** The dies that work, numbered anew in row order: node `n` is die `gridOf[n]`, and die `y * columns + x` is `nodeOf` of it. */
export interface LiveDies {
  readonly gridOf: ReadonlyArray<number>
  /** -1 for a dead die. */
  readonly nodeOf: ReadonlyArray<number>
  /** Nodes that a working link joins, in both directions. */
  readonly pairs: ReadonlyArray<readonly [a: number, b: number]>
}

type Field = "deadDies" | "deadLinks"

const refused = (fields: ReadonlyArray<Field>, what: string, hint: string) =>
  new InvalidSpec({ reason: "NotBuildable", where: `wafer spec, ${fields.join(" and ")}`, what, hint })

const dieName = ([x, y]: DieAt): string => `die[${x}][${y}]`

/** Names of the first few, so that a message stays one line. */
const listed = (names: ReadonlyArray<string>): string => {
  const shown = names.slice(0, 8).join(", ")
  return names.length > 8 ? `${shown} and ${names.length - 8} more` : shown
}

const outside = ({ columns, rows }: WaferSpec, dies: ReadonlyArray<DieAt>): DieAt | undefined =>
  dies.find(([x, y]) => x >= columns || y >= rows)

/** The working part of a wafer; refused where a field names what is not there, or where the rest falls apart. */
export const liveDies = Effect.fnUntraced(function* (spec: WaferSpec) {
  const { columns, rows, deadDies = [], deadLinks = [] } = spec
  const size = `the wafer has ${columns} x ${rows} dies, counted from [0, 0]`
  for (const [field, dies] of [["deadDies", deadDies] as const, ["deadLinks", deadLinks.flat()] as const]) {
    const stray = outside(spec, dies)
    if (stray !== undefined) return yield* refused([field], `${dieName(stray)} does not exist`, size)
  }
  const at = ([x, y]: DieAt) => y * columns + x
  const joined = spec.topology === "torus" ? torusPairs(columns, rows) : meshPairs(columns, rows)
  const key = (a: number, b: number) => `${Math.min(a, b)}-${Math.max(a, b)}`
  const joins = new Set(joined.map(([a, b]) => key(a, b)))
  const loose = deadLinks.find(([a, b]) => !joins.has(key(at(a), at(b))))
  if (loose !== undefined) {
    const [a, b] = loose
    return yield* refused(["deadLinks"], `no link joins ${dieName(a)} and ${dieName(b)}`, "name two neighbours")
  }

  const dead = new Set(deadDies.map(at))
  const broken = new Set(deadLinks.map(([a, b]) => key(at(a), at(b))))
  const gridOf = Array.from({ length: columns * rows }, (_, die) => die).filter((die) => !dead.has(die))
  if (gridOf.length === 0) return yield* refused(["deadDies"], "no die is left", "leave one working")
  const nodeOf = Array.from({ length: columns * rows }, () => -1)
  gridOf.forEach((die, node) => (nodeOf[die] = node))
  const pairs = joined
    .filter(([a, b]) => !dead.has(a) && !dead.has(b) && !broken.has(key(a, b)))
    .map(([a, b]) => [nodeOf[a]!, nodeOf[b]!] as const)

  const [main, ...cutOff] = islands(gridOf.length, duplex(pairs, { bytesPerSec: 1, latencyPs: 0 }))
  if (cutOff.length > 0) {
    const names = cutOff.flat().map((node) => dieName([gridOf[node]! % columns, Math.floor(gridOf[node]! / columns)]))
    const fields = (["deadDies", "deadLinks"] as const).filter((field) => (spec[field] ?? []).length > 0)
    return yield* refused(
      fields,
      `cut off from the other ${main!.length} dies: ${listed(names)}`,
      "every working die must reach every other: list the cut off ones in deadDies, or mend a link"
    )
  }
  return { gridOf, nodeOf, pairs } satisfies LiveDies
})
