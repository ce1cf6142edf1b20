/**
 * Finished points in a folder that several processes may use at once: `points/KEY.json` is a result document, and
 * `points/KEY.failed.json` says why there is none; `points/KEY/` holds further files. `claims/KEY` names who computes a point
 * and `times.jsonl` how long points took: neither is part of a result.
 */
import { lockHolder, releaseLock, takeLock, writeFileAtomic } from "@moira/core/node"
import { Effect, Layer } from "effect"
import * as fs from "node:fs"
import * as path from "node:path"
import { ExperimentError } from "../experiment/error.ts"
import type { Failure } from "../experiment/kinds/kind.ts"
import { PointStore, type PointTime } from "../experiment/point-store.ts"

/** Schema of the file of a point that cannot be. */
export const failureSchema = "moira-point-failure/1"

const refused = (where: string, cause: unknown) =>
  new ExperimentError({
    reason: "NotWritable",
    where,
    what: cause instanceof Error ? cause.message : String(cause),
    hint: "check the path, its permissions and the free space",
    cause
  })

const readText = (file: string): string | undefined => {
  try {
    return fs.readFileSync(file, "utf8")
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined
    throw error
  }
}

const failureOf = (file: string, text: string): Failure => {
  const value: unknown = JSON.parse(text)
  const { schema, failure } = value as { readonly schema?: unknown; readonly failure?: Failure }
  if (schema !== failureSchema || failure === undefined) throw new Error(`${file} is no ${failureSchema}`)
  return failure
}

const timesOf = (text: string): ReadonlyArray<PointTime> =>
  text.split("\n").flatMap((line) => {
    try {
      const { key, seconds } = JSON.parse(line) as PointTime
      return typeof key === "string" && typeof seconds === "number" ? [{ key, seconds }] : []
    } catch {
      // The last line of a process that was killed may be cut.
      return []
    }
  })

const isGone = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH"
  }
}

/** Removes what processes that are gone left half-written. */
const sweepAway = (folder: string): void => {
  if (!fs.existsSync(folder)) return
  for (const name of fs.readdirSync(folder)) {
    const half = /^\..+\.(\d+)\.[0-9a-f]{8}\.tmp$/.exec(name)
    if (half !== null && isGone(Number(half[1]))) fs.rmSync(path.join(folder, name), { force: true })
  }
}

/** The points of a folder, which is made when the first is taken. */
export const pointFolder = (directory: string): Layer.Layer<PointStore, ExperimentError> => {
  const points = path.join(directory, "points")
  const claims = path.join(directory, "claims")
  const times = path.join(directory, "times.jsonl")
  const done = (key: string) => path.join(points, `${key}.json`)
  const failed = (key: string) => path.join(points, `${key}.failed.json`)
  const attempt = <A>(where: string, run: () => A) => Effect.try({ try: run, catch: (cause) => refused(where, cause) })
  return Layer.effect(
    PointStore,
    attempt(directory, () => {
      sweepAway(points)
      return {
        read: (key) =>
          attempt(done(key), () => {
            const text = readText(done(key))
            if (text !== undefined) return { state: "done" as const, text }
            const why = readText(failed(key))
            return why === undefined ? undefined : { state: "failed" as const, failure: failureOf(failed(key), why) }
          }),
        state: (key) =>
          attempt(done(key), () =>
            fs.existsSync(done(key)) ? "done" : fs.existsSync(failed(key)) ? "failed" : undefined
          ),
        write: (key, outcome) =>
          attempt(done(key), () => {
            if (outcome.state === "failed") {
              const { failure } = outcome
              return writeFileAtomic(
                failed(key),
                `${JSON.stringify({ schema: failureSchema, key, failure }, null, 1)}\n`
              )
            }
            for (const [name, text] of outcome.files ?? []) writeFileAtomic(path.join(points, key, name), text)
            return writeFileAtomic(done(key), outcome.text)
          }),
        claim: (key) =>
          attempt(path.join(claims, key), () => {
            fs.mkdirSync(claims, { recursive: true })
            return takeLock(path.join(claims, key))
          }),
        release: (key) => Effect.sync(() => releaseLock(path.join(claims, key))),
        held: Effect.sync(
          () =>
            (fs.existsSync(claims) ? fs.readdirSync(claims) : []).filter(
              (key) => lockHolder(path.join(claims, key)) !== undefined
            ).length
        ),
        noteTime: (time) =>
          Effect.sync(() => {
            try {
              fs.appendFileSync(times, `${JSON.stringify(time)}\n`)
            } catch {
              // Estimates do without.
            }
          }),
        times: Effect.sync(() => timesOf(readText(times) ?? "")),
        forget: (key) => attempt(failed(key), () => fs.rmSync(failed(key), { force: true }))
      }
    })
  )
}
