import { commandConformance } from "@moira/cli/testing"
import { makeModel } from "@moira/core/testing"
import { writeStore } from "@moira/trace/node"
import { Effect, Stream } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { afterAll, beforeAll } from "vitest"
import command from "../src/index.ts"

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "moira-own-command-"))
const store = path.join(folder, "small.moira")

/** Two layers with four experts, top-1; one request of three tokens, the first of which is a hole in layer 0. */
const model = makeModel({ layers: 2, moe: { first: 0, last: 1, every: 1 }, experts: 4, topK: 1 })
const request = { benchmark: "a", subject: "b", language: "en", source: "made up" }
const ids = Uint16Array.from([0xffff, 3, 3, 2, 0, 1])

beforeAll(() =>
  Effect.runPromise(
    writeStore(
      { directory: store, model, origin: { format: "made-up", options: {} }, expected: 1 },
      Stream.make({ ...request, prefillTokens: 2, decodeTokens: 1, ids })
    )
  )
)
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))

commandConformance("own-command", command, {
  done: [
    { args: [store, "--top", "2"], stdout: "layer,expert,selections\n0,3,2\n0,0,0\n1,0,1\n1,1,1\n" },
    { args: [store, "--top", "1"], stdout: /^layer,expert,selections\n0,3,2\n1,0,1\n$/ }
  ],
  refused: [
    { args: [store, "--top", "5"], stderr: /--top: 5 of 4 experts; hint: give 1 to 4/ },
    { args: [path.join(folder, "nowhere")], stderr: /nowhere: no such store; hint: / }
  ]
})
