/** A twin is written in memory that does not depend on how many requests it has, but for their rows in the table. */
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { fork } from "node:child_process"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { temporaryDirectory } from "@moira/core/testing"

interface Memory {
  /** In use after collections while requests are made. */
  readonly liveMb: number
  /** The most that the process held, garbage included. */
  readonly mostMb: number
}

const child = fileURLToPath(new URL("twin-child.ts", import.meta.url))

const memoryOf = (out: string, requests: number) =>
  Effect.promise(
    () =>
      new Promise<Memory>((resolve, reject) => {
        const execArgv = ["--expose-gc", "--conditions=@moira/source"]
        const process = fork(child, [out, String(requests)], { execArgv })
        process.on("message", (memory) => resolve(memory as Memory))
        process.on("exit", (code) => reject(new Error(`the process ended with ${code} and said nothing`)))
      })
  )

it.live(
  "sixteen times the requests, whose ids take 32 MB, take hardly more memory",
  () =>
    Effect.gen(function* () {
      const folder = yield* temporaryDirectory
      const few = yield* memoryOf(path.join(folder, "few.moira"), 512)
      const many = yield* memoryOf(path.join(folder, "many.moira"), 8192)
      assert.isBelow(many.liveMb, few.liveMb + 8)
      assert.isBelow(many.mostMb, 600)
      yield* Effect.sync(() => console.log(JSON.stringify({ few, many })))
    }),
  120_000
)
