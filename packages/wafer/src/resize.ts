/** The same dies, links and memory with another number of dies. */
import { InvalidSpec } from "@moira/hardware"
import { Effect } from "effect"
import type { WaferSpec } from "./spec.ts"

/** A mesh that is longer than this many times its width is a strip, which nobody asks for by a number of dies. */
const maxAspect = 4

/** Columns and rows of the mesh of `dies` that is nearest to a square, lying on its longer side. */
const nearestToSquare = (dies: number): readonly [columns: number, rows: number] => {
  let rows = Math.floor(Math.sqrt(dies))
  while (dies % rows !== 0) rows--
  return [dies / rows, rows]
}

const isMesh = (dies: number): boolean => {
  const [columns, rows] = nearestToSquare(dies)
  return columns <= maxAspect * rows
}

/** The nearest numbers on both sides that make a mesh. */
const neighbours = (dies: number): string => {
  let [less, more] = [dies - 1, dies + 1]
  while (less > 0 && !isMesh(less)) less--
  while (!isMesh(more)) more++
  return less > 0 ? `${less} or ${more}` : String(more)
}

const refused = (what: string, hint: string) =>
  Effect.fail(new InvalidSpec({ reason: "NotBuildable", where: "wafer spec, columns and rows", what, hint }))

/** The wafer with `units` working dies: as square as they allow. Where dies are named as dead, their places say what is meant. */
export const withDies = (spec: WaferSpec, units: number): Effect.Effect<WaferSpec, InvalidSpec> => {
  const { columns, rows, deadDies = [], deadLinks = [] } = spec
  if (units === columns * rows - deadDies.length) return Effect.succeed(spec)
  if (deadDies.length + deadLinks.length > 0)
    return refused(
      `${units} dies of a wafer whose dead dies and links are named by their places`,
      "give columns and rows, with the places of what is dead in them"
    )
  if (!Number.isInteger(units) || units < 1) return refused(`${units} dies are no wafer`, "give a whole number of dies")
  if (!isMesh(units))
    return refused(
      `${units} dies make no mesh that is at most ${maxAspect} times as long as wide`,
      `give ${neighbours(units)}, or columns and rows`
    )
  const [longer, shorter] = nearestToSquare(units)
  return Effect.succeed({ ...spec, columns: longer, rows: shorter })
}
