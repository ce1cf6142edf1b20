/** A plug-in that does not return ends a command in one line that names it, with exit code 1, wherever it runs. */
import * as fs from "node:fs"
import { afterAll, assert, beforeAll, it } from "vitest"
import { inScratch, moira, moiraProcess, removeScratch } from "./moira.ts"

afterAll(removeScratch)

const seconds = 300_000
const store = inScratch("twin.moira")
const plugin = (name: string, text: string): string => {
  fs.writeFileSync(inScratch(name), text)
  return inScratch(name)
}

beforeAll(async () => {
  const sizes = ["--requests", "6", "--prefill", "4", "--decode", "6"]
  const made = await moira("synth", "--model", "mixtral-8x7b", ...sizes, "--out", store)
  assert.strictEqual(made.code, 0, made.stderr)
}, seconds)

const spin = plugin(
  "spin.mjs",
  `export default { contract: "allocation/v1", id: "spin", title: "Spin", prepare: () => () => { while (true) {} } }`
)
const never = plugin(
  "never.mjs",
  `import { Effect } from ${JSON.stringify(import.meta.resolve("effect"))}
   export default { contract: "placement/v1", id: "never", title: "Never", place: () => Effect.never }`
)
const endless = plugin("endless.mjs", "for (;;) {}")
const late = plugin(
  "late.mjs",
  `let calls = 0
   export default { contract: "network/v1", id: "late", prepare: () => () => {
     if (calls++ === 0) setTimeout(() => { throw new Error("too late") }, 0)
     return 1e6
   } }`
)

const simulate = ["simulate", store, "--machine", "dojo", "--batch", "4", "--steps", "2", "--quiet"]
const place = ["place", store, "--machine", "dgx-h100", "--quiet", "--optimizer"]
const cases: ReadonlyArray<readonly [name: string, args: ReadonlyArray<string>, line: RegExp]> = [
  [
    "an allocator in a thread",
    [...simulate, "--workers", "2", "--allocator", spin],
    /^moira: allocator spin \(file:.*spin\.mjs\): has not returned after 2 s; hint: .*\n$/
  ],
  [
    "an allocator in the main thread",
    [...simulate, "--runner", "inline", "--allocator", spin],
    /^moira: allocator spin \(file:.*spin\.mjs\): has not returned after 2 s; hint: .*\n$/
  ],
  [
    "an optimizer whose effect waits forever",
    [...place, never],
    /^moira: placement optimizer never \(file:.*never\.mjs\): has not returned after 2 s; hint: .*\n$/
  ],
  [
    "a module that is never there",
    [...simulate, "--network", endless],
    /^moira: network model \(file:.*endless\.mjs\): has not returned after 2 s; hint: .*\n$/
  ]
]

it.each(cases)("%s", { timeout: seconds }, async (_, args, line) => {
  const { code, stdout, stderr } = await moiraProcess(...args, "--plugin-timeout", "2")
  assert.match(stderr, line)
  assert.strictEqual(code, 1)
  assert.strictEqual(stdout, "")
})

it("one that returns in time is not held up, and leaves no word of being watched", { timeout: seconds }, async () => {
  const good = plugin("good.mjs", `export default { contract: "network/v1", id: "good", prepare: () => () => 1e9 }`)
  const { code, stderr } = await moiraProcess(...simulate, "--network", good)
  assert.strictEqual(code, 0, stderr)
  assert.strictEqual(stderr, "")
})

it("what is thrown when nobody waits for it is told in a line too", { timeout: seconds }, async () => {
  const { code, stderr } = await moiraProcess(...simulate, "--runner", "inline", "--network", late)
  assert.match(stderr, /^moira: network model \(file:.*late\.mjs\): throws Error: too late; hint: .*\n$/)
  assert.strictEqual(code, 1)
})
