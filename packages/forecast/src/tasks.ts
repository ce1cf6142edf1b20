/** What is known of a request before it runs: its benchmark and subject, and its language. */
import type { RequestRow } from "@moira/trace"

/** Tasks by number. A task is a benchmark, subject and language; its family is the benchmark and language alone. */
export interface Tasks {
  readonly names: ReadonlyArray<string>
  readonly families: ReadonlyArray<string>
  readonly familyOf: Int32Array
  /** Task of each request of the trace. */
  readonly of: Int32Array
}

const numbered = (names: ReadonlyArray<string>) => {
  const distinct = [...new Set(names)]
  const index = new Map(distinct.map((name, i) => [name, i]))
  return { distinct, of: Int32Array.from(names, (name) => index.get(name)!) }
}

/** The tasks of a requests table, numbered in order of first appearance. */
export const tasksOf = (requests: ReadonlyArray<RequestRow>): Tasks => {
  const family = ({ benchmark, language }: RequestRow) => JSON.stringify([benchmark, language])
  const tasks = numbered(requests.map((row) => JSON.stringify([row.benchmark, row.subject, row.language])))
  const families = numbered(requests.map(family))
  const familyOf = new Int32Array(tasks.distinct.length)
  for (let r = 0; r < requests.length; r++) familyOf[tasks.of[r]!] = families.of[r]!
  return { names: tasks.distinct, families: families.distinct, familyOf, of: tasks.of }
}
