/** What the threads of `thread-runner.test.ts` do. */
import { threadId } from "node:worker_threads"
import type { Task } from "../src/runner.ts"

const acts = {
  square: (n: number) => n ** 2,
  thread: () => threadId,
  exit: () => process.exit(3),
  crash: () => {
    setImmediate(() => {
      throw new Error("nobody caught this")
    })
    return new Promise<never>(() => {})
  },
  hang: () => {
    for (;;);
  },
  uncloneable: () => () => 1
}

export interface Odd {
  readonly act: keyof typeof acts
  readonly n?: unknown
}

const oddTask: Task<Odd> = {
  module: () => new URL("odd-task.ts", import.meta.url).href,
  run: ({ act, n }) => acts[act](n as number)
}

export default oddTask
