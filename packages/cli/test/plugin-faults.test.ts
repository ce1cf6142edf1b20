/** Plug-ins of every kind that give something else than their contract says: one line that names the file, never a number. */
import * as fs from "node:fs"
import { afterAll, assert, beforeAll, it } from "vitest"
import { inScratch, moira, removeScratch } from "./moira.ts"

afterAll(removeScratch)

const seconds = 120_000
const store = inScratch("twin.moira")
const effect = JSON.stringify(import.meta.resolve("effect"))

beforeAll(async () => {
  const sizes = ["--requests", "6", "--prefill", "4", "--decode", "6"]
  const made = await moira("synth", "--model", "mixtral-8x7b", ...sizes, "--out", store)
  assert.strictEqual(made.code, 0, made.stderr)
}, seconds)

const allocator = (body: string): string =>
  `let calls = 0
   export default { contract: "allocation/v1", id: "bad", title: "Bad", prepare: ({ fabric: { units } }) => (requests, holders, allocation) => {
    for (let e = 0; e < requests.length; e++) allocation[e * units + holders.unit[holders.start[e]]] = requests[e]
    ${body} } }`
const network = (body: string): string =>
  `export default { contract: "network/v1", id: "bad", prepare: () => (work, demand) => { ${body} } }`
const optimizer = (place: string): string =>
  `import { Effect } from ${effect}
   export default { contract: "placement/v1", id: "bad", title: "Bad", place: (input) => { ${place} } }`
const runner = (make: string): string =>
  `import { Effect, Result, Stream } from ${effect}
   export default { contract: "runner/v1", id: "bad", make: () => { ${make} } }`
const answering = (outcome: string): string =>
  runner(
    `return Effect.succeed({ id: "bad", workers: 1, run: () => Stream.make({ key: 0, outcome: Result.${outcome} }) })`
  )
const traceFormat = (read: string): string =>
  `import { Effect, Stream } from ${effect}
   export default { contract: "trace-format/v1", id: "bad", title: "Bad", endings: [".x"], recognises: () => ({ matches: true }), read: () => ${read} }`

const simulate = (flag: string) => (file: string) =>
  ["simulate", store, "--machine", "dojo", "--batch", "8", "--steps", "2", "--runner", "inline", flag, file] as const
const onRunner = (file: string) =>
  ["simulate", store, "--machine", "dojo", "--batch", "8", "--steps", "2", "--runner", file] as const
const place = (file: string) => ["place", store, "--machine", "dgx-h100", "--optimizer", file] as const
const ingest = (file: string) => ["ingest", file, "--format", file, "--out", inScratch("no.moira")] as const

type Args = (file: string) => ReadonlyArray<string>
const [A, N] = [simulate("--allocator"), simulate("--network")]
const half = `allocation.forEach((tokens, i) => (allocation[i] = tokens >> 1))`
const cases: ReadonlyArray<readonly [name: string, text: string, args: Args, what: RegExp]> = [
  [
    "half the tokens, traffic ignored",
    allocator(half),
    (file) => [...A(file), "--token-traffic", "ignored"],
    /hands out \d of \d tokens/
  ],
  ["too many tokens", allocator(`allocation[0] += 3`), A, /hands out \d+ of \d tokens/],
  ["NaN cycles", allocator(`return NaN`), A, /gives NaN for the cycles/],
  ["a promise of cycles", allocator(`return Promise.resolve(1)`), A, /gives an object \(Promise\) for the cycles/],
  ["requests in another order, later", allocator(`if (calls++ === 4) requests[0] += 1`), A, /writes to the requests/],
  ...(["NaN", "Infinity", "-1", "0.5", "undefined"] as const).map(
    (value) => [`${value} ps`, network(`return ${value}`), N, new RegExp(`gives ${value}`)] as const
  ),
  ["more tokens on their way", network(`work.tokenCopies.fill(9); return 1e9`), N, /writes to the work that it times/],
  ["bytes written", network(`work.localWriteBytes.fill(9); return 1e9`), N, /writes to the work that it times/],
  ["no placement", optimizer(`return Effect.succeed(undefined)`), place, /gives undefined, not a placement/],
  ["an interrupt of its own", optimizer(`return Effect.interrupt`), place, /interrupts itself/],
  ["another machine", optimizer(`input.fabric.units = 3; return Effect.never`), place, /throws TypeError: /],
  ["no runner", runner(`return undefined`), onRunner, /gives undefined, not an effect/],
  ["no answer", answering(`succeed(undefined)`), onRunner, /gives undefined for the answer to input 0/],
  ["an answer that is a number", answering(`succeed(5)`), onRunner, /gives 5 for the answer to input 0/],
  ["a failure of its own", answering(`fail("x")`), onRunner, /gives "x" for the failure of input 0/],
  ["no trace", traceFormat(`undefined`), ingest, /gives undefined, not an effect/],
  ["a trace without model", traceFormat(`Effect.succeed({})`), ingest, /gives undefined for the model/],
  ["a trace that dies", traceFormat(`Effect.die("x")`), ingest, /throws "x"/]
]

it.each(cases.map((one, i) => [...one, i] as const))("%s", { timeout: seconds }, async (_, text, args, what, i) => {
  const file = inScratch(`bad-${i}.mjs`)
  fs.writeFileSync(file, text)
  const { code, stdout, stderr } = await moira(...args(file), "--quiet")
  assert.match(stderr, new RegExp(`^moira: [^\\n]*bad-${i}\\.mjs[^\\n]*; hint: [^\\n]*\\n$`))
  assert.match(stderr, what)
  assert.strictEqual(code, 1)
  assert.strictEqual(stdout, "")
})
