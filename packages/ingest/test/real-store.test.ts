import { assert, it } from "@effect/vitest"
import { sharedData } from "@moira/test-data"
import { threadRunner } from "@moira/core/node"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import patternsJson from "../src/formats/patterns-json/index.ts"
import { ingestStore, TraceFormat } from "../src/index.ts"
import { temporaryDirectory } from "./corpus.ts"

const folder = sharedData("traces/patterns")

const bytesBelow = (directory: string): number =>
  fs
    .readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + fs.statSync(path.join(parentPath, name)).size, 0)

it.live.skipIf(folder === undefined)("the store of the real Llama 4 traces is at most 1/80 of them", () =>
  Effect.gen(function* () {
    const out = path.join(yield* temporaryDirectory, "llama4.moira")
    const { manifest } = yield* ingestStore([folder!], { out }).pipe(
      Effect.provide([TraceFormat.layer(patternsJson), threadRunner(2)])
    )
    assert.deepStrictEqual([manifest.model.id, manifest.counts.requests], ["llama4-maverick", 235])
    const ratio = bytesBelow(folder!) / bytesBelow(out)
    console.log(`the store is 1/${ratio.toFixed(1)} of the JSON`)
    assert.isAtLeast(ratio, 80)
  })
)
