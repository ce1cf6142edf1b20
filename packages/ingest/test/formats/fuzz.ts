/** Runs a format over damaged fixtures and compares what it accepts with a plain slow reader. */
import { random, substream } from "@moira/core"
import { Effect, type Scope } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { demand, outcome } from "../../src/testing/outcome.ts"
import { IngestError } from "../../src/fault/error.ts"
import { fixtureFolder } from "../../src/testing.ts"
import type { FuzzCase } from "../fixtures/fuzz-case.ts"
import type { Verdict } from "../fixtures/rows.ts"
import { tiny } from "../tiny.ts"
import { mutator } from "./mutate.ts"

export interface Tally {
  readonly accepted: number
  readonly refused: Readonly<Record<string, number>>
  /** Processor time, which other work on the machine does not lengthen. */
  readonly slowestCpuMs: number
  /** Growth of the array buffers and heap in use between two mutants, at most. */
  readonly largestBytes: number
}

/** What a reader that throws, or finds any request bad, says of the files. */
const judged = (
  { reference }: FuzzCase,
  files: ReadonlyMap<string, Uint8Array>
): ReadonlyArray<Verdict> | undefined => {
  try {
    const all = reference(files)
    return all === undefined || all.includes(undefined) ? undefined : (all as ReadonlyArray<Verdict>)
  } catch {
    return undefined
  }
}

const held = (): number => {
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/** Fails by a throw at the first mutant that is neither read as the reference does nor refused by an `IngestError`. */
export const fuzz = (one: FuzzCase, mutants: number, seed: number): Effect.Effect<Tally, never, Scope.Scope> =>
  Effect.gen(function* () {
    const folder = yield* fixtureFolder(one.files)
    const names = Object.keys(one.files)
    const originals = new Map(names.map((name) => [name, fs.readFileSync(path.join(folder, name))] as const))
    const draws = random(substream(seed, one.name))
    const mutate = mutator(draws)
    const refused: Record<string, number> = {}
    let [accepted, slowestCpuMs, largestBytes] = [0, 0, 0]
    for (let n = 0; n < mutants; n++) {
      const name = names[draws.below(names.length)]!
      const inside = draws.below(2) === 0 ? one.inside : undefined
      const whole = Uint8Array.from(originals.get(name)!)
      const bytes = inside !== undefined ? inside(whole, mutate, name) : mutate(whole)
      fs.writeFileSync(path.join(folder, name), bytes)
      const [before, start] = [held(), process.cpuUsage()]
      const result = yield* outcome(one.source, folder, tiny)
      const { user, system } = process.cpuUsage(start)
      slowestCpuMs = Math.max(slowestCpuMs, (user + system) / 1000)
      largestBytes = Math.max(largestBytes, held() - before)
      const about = `mutant ${n} of ${one.name}`
      if (result instanceof IngestError) {
        demand(result.reason !== "Unreadable", `${about}: an untyped failure inside: ${result.message}`)
        refused[result.reason] = (refused[result.reason] ?? 0) + 1
      } else {
        const expected = judged(one, new Map([...originals, [name, bytes]]))
        const found = result.requests.map(({ prefillTokens, decodeTokens, ids }) => ({
          prefillTokens,
          decodeTokens,
          ids: [...ids]
        }))
        demand(
          JSON.stringify(found) === JSON.stringify(expected),
          `${about} reads ${JSON.stringify(found)}, not ${JSON.stringify(expected)}; file ${JSON.stringify(Buffer.from(bytes).toString("latin1"))}`
        )
        accepted++
      }
      fs.writeFileSync(path.join(folder, name), originals.get(name)!)
    }
    return { accepted, refused, slowestCpuMs, largestBytes }
  })
