/**
 * Fixtures of every format, as the formats' authors gave them to the conformance kit: a copy, so that tests may move and change.
 * Binary files are kept deflated.
 */
import * as fs from "node:fs"
import { inflateSync } from "node:zlib"

const { models, fixtures } = JSON.parse(fs.readFileSync(new URL("fixtures.json", import.meta.url), "utf8"))

/** Model files by path, seen from where commands run. */
export const modelFiles = Object.fromEntries(
  Object.entries(models).map(([name, model]) => [`models/${name}.json`, JSON.stringify(model)])
)

const content = (kept) => (typeof kept === "string" ? kept : inflateSync(Buffer.from(kept.deflated, "base64")))

const slug = (name) =>
  name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "")

/** The first good fixture of a format runs on several threads too; most have one file, which is one task. */
const first = new Map(
  fixtures
    .filter(({ accepted }) => accepted)
    .toReversed()
    .map(({ format, name }) => [format, name])
)

export const ingestCases = fixtures.map(({ format, name, accepted, model, files }) => {
  const call = `ingest @/in --out @/store.moira${model === undefined ? "" : ` --model ${model}`}`
  return {
    name: `${accepted ? "ingest" : "refuse"}/${format}/${slug(name)}`,
    files: Object.fromEntries(Object.entries(files).map(([file, kept]) => [file, content(kept)])),
    calls: [accepted ? call : `${call} --format ${format}`],
    fails: !accepted,
    threaded: accepted && first.get(format) === name
  }
})
