/** What the threads of `worker-pool.test.ts` do. */
import { serveJobs } from "../src/node/worker.ts"
import { ModelError } from "../src/model.ts"
import { threadId } from "node:worker_threads"

const tasks = {
  square: (n: number) => n ** 2,
  thread: () => threadId,
  throw: () => {
    throw new RangeError("out of range")
  },
  throwTyped: () => {
    throw new ModelError({ reason: "InvalidModel", where: "a.moira", what: "is damaged", hint: "restore it" })
  },
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

export interface Job {
  readonly task: keyof typeof tasks
  readonly n?: number
}

serveJobs<unknown>(({ task, n }: Job) => tasks[task](n ?? 0))
