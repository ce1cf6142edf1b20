/** The public bug reports of the shared data as small inputs: where they are, and how the command answers them. */
import { sharedData } from "@moira/test-data"
import { assert } from "vitest"
import * as path from "node:path"
import { inScratch, moira, type Outcome } from "../moira.ts"

const folder = sharedData("cases")

/** Whether the inputs are there; without them these tests are skipped, and say so. */
export const hasCases = folder !== undefined

/** A file or folder of a case, such as `inCase("01-decode-holes", "full")`. */
export const inCase = (name: string, ...parts: ReadonlyArray<string>): string => path.join(folder ?? "", name, ...parts)

let made = 0

/** A path that nothing has been written to. */
export const fresh = (ending: string): string => inScratch(`case-${(made += 1)}${ending}`)

/** Where a command ended as asked, its answer; else what it printed. */
export const ended = (code: number, outcome: Outcome): Outcome => {
  assert.strictEqual(outcome.code, code, `${outcome.stderr}${outcome.stdout.slice(0, 500)}`)
  return outcome
}

export interface Stored {
  readonly out: string
  /** What `ingest --json` prints. */
  readonly json: any
  readonly stderr: string
  /** Notes and warnings, wherever they are told. */
  readonly told: string
}

/** Ingests what must be read. */
export const ingested = async (source: string, ...flags: ReadonlyArray<string>): Promise<Stored> => {
  const out = fresh(".moira")
  const { stdout, stderr } = ended(0, await moira("ingest", source, "--out", out, "--json", ...flags))
  return { out, json: JSON.parse(stdout), stderr, told: `${stderr}\n${stdout}` }
}

/** What is said of a source that must be refused; a typed refusal is a line or two, never a bug. */
export const refusal = async (source: string, ...flags: ReadonlyArray<string>): Promise<string> => {
  const { stderr } = ended(1, await moira("ingest", source, "--out", fresh(".moira"), ...flags))
  assert.notInclude(stderr, "this is a bug")
  return stderr
}

/** Prompt and decode tokens of a store. */
export const tokensOf = ({ json }: Stored): readonly [number, number] => [
  json.counts.prefillTokens,
  json.counts.decodeTokens
]

/** What a command answers with `--json`. */
export const answer = async (...args: ReadonlyArray<string>): Promise<any> =>
  JSON.parse(ended(0, await moira(...args, "--json")).stdout)
