/** What a plug-in from outside gets when it asks for Effect; in processes of their own, since hooks stay. */
import { assert, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import { afterAll } from "vitest"
import { inScratch, removeScratch } from "./moira.ts"

afterAll(removeScratch)

const ours = import.meta.resolve("effect")
const hooks = new URL("../src/shared-effect.ts", import.meta.url).href

/** A file of a folder, with another Effect installed beside it where a version is given. */
const plugin = (name: string, text: string, version?: string): string => {
  const folder = inScratch(name)
  const effect = `${folder}/node_modules/effect`
  fs.mkdirSync(`${effect}/dist`, { recursive: true })
  if (version === undefined) fs.rmSync(effect, { recursive: true })
  else {
    fs.writeFileSync(
      `${effect}/package.json`,
      JSON.stringify({ name: "effect", version, exports: { "./*": "./dist/*.js", ".": "./dist/index.js" } })
    )
    for (const file of ["index", "Schema"])
      fs.writeFileSync(
        `${effect}/dist/${file}.js`,
        `export const Schema = { String: "of another copy" }; export const String = "of another copy"`
      )
  }
  fs.writeFileSync(`${folder}/plugin.mjs`, text)
  return `${folder}/plugin.mjs`
}

/** What a program prints that shares Effect and then loads the plug-in as `found`. */
const told = (file: string, expression: string): string =>
  execFileSync(
    process.execPath,
    [
      "--input-type=module",
      "--eval",
      `import { shareEffect } from ${JSON.stringify(hooks)}
       import * as own from ${JSON.stringify(ours)}
       shareEffect(${JSON.stringify(ours)})
       const found = (await import(${JSON.stringify(file)})).default
       console.log(${expression})`
    ],
    { encoding: "utf8" }
  ).trim()

const whole = `import { Schema } from "effect"; export default Schema.String`
const part = `import { String } from "effect/Schema"; export default String`

it("gives our copy to a plug-in without one, and in place of another copy of the same Effect", () => {
  for (const [name, text] of Object.entries({ whole, part })) {
    assert.strictEqual(told(plugin(`${name}-none`, text), "found === own.Schema.String"), "true", name)
    assert.strictEqual(told(plugin(`${name}-same`, text, "4.9.1"), "found === own.Schema.String"), "true", name)
  }
})

it("leaves an older Effect alone", () => {
  for (const [name, text] of Object.entries({ whole, part }))
    assert.strictEqual(told(plugin(`${name}-older`, text, "3.21.0"), "found"), "of another copy", name)
})

it("gives members that are named as keywords are", () => {
  const text = `import * as Effect from "effect/Effect"; export default [Effect.catch, Effect.try, Effect.void]`
  assert.strictEqual(
    told(plugin("keywords", text), "found.every((member, i) => member === own.Effect[['catch', 'try', 'void'][i]])"),
    "true"
  )
})
