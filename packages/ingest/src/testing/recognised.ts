/** What formats of traces and of counts alike must do: be named, and know their files from the start of one. */
import { Effect, type Scope } from "effect"
import * as path from "node:path"
import { readStart } from "../codecs/bytes/file-buffer.ts"
import { objection, sampleBytes } from "../detect.ts"
import type { TraceSource } from "../source.ts"
import { type FixtureFiles, fixtureFolder } from "./fixtures.ts"
import { demand, Nonconformance } from "./outcome.ts"

export interface Check {
  readonly name: string
  readonly run: Effect.Effect<void, never, Scope.Scope>
}

type Format = Pick<TraceSource, "id" | "title" | "endings" | "recognises">

export const identity = (source: Format, isOne: boolean, what: string): Check => ({
  name: "has a name, a title and the contract's functions",
  run: Effect.sync(() => {
    demand(isOne, `is not ${what}`)
    demand(/^[a-z0-9][a-z0-9-]*$/.test(source.id), `id ${JSON.stringify(source.id)} is not a kebab-case name`)
    demand(source.title.trim() !== "", "the title is blank")
    demand(source.endings.length > 0, "names no ending of its files")
  })
})

export const recognised = (
  source: Format,
  fixture: { readonly name: string; readonly files: FixtureFiles }
): Check => ({
  name: `${fixture.name}: is recognised from its start`,
  run: Effect.gen(function* () {
    const folder = yield* fixtureFolder(fixture.files)
    const name = Object.keys(fixture.files).find((file) => source.endings.some((ending) => file.endsWith(ending)))
    if (name === undefined) throw new Nonconformance(`no file of the fixture ends in ${source.endings.join(" or ")}`)
    const file = path.join(folder, name)
    const verdict = source.recognises({ path: file, ...readStart(file, sampleBytes) })
    demand(verdict.matches, `not recognised: ${verdict.matches ? "" : verdict.why}`)
    const noise = source.recognises({ path: file, bytes: new Uint8Array(64), whole: true })
    demand(!noise.matches, "recognises 64 zero bytes as its own")
    const against = yield* Effect.orDie(objection(source, folder))
    demand(against === undefined, `not recognised in its folder: ${against?.why} (${against?.file ?? folder})`)
  })
})
