/** Progress on stderr: a bar with rate and time left on a terminal, one line per finished stage elsewhere. */
import { Effect, Fiber, Schedule } from "effect"
import { formatBytes, formatCount, Progress, type ProgressEvent } from "@moira/core"

interface Stage extends ProgressEvent {
  readonly startedMs: number
  /** What was done before it was watched, such as points of an earlier run: no part of the rate. */
  readonly startedDone?: number
}

const width = 24

const seconds = (ms: number): string => (ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`)

/** An amount with its unit; bytes are scaled. */
const amount = (n: number, unit: string): string => (unit === "B" ? formatBytes(n) : `${formatCount(n)} ${unit}`)

const addition = (more: string | undefined): string => (more === undefined ? "" : `, ${more}`)

/** One line of a running stage. */
export const barText = (
  { stage, done, total, unit, startedMs, startedDone = 0, more }: Stage,
  nowMs: number
): string => {
  const share = total > 0 ? Math.min(1, done / total) : 1
  const filled = Math.round(share * width)
  const elapsed = Math.max(1, nowMs - startedMs)
  const made = done - startedDone
  const rate = (1000 * made) / elapsed
  const left = made > 0 && done < total ? `, ${seconds(((total - done) / made) * elapsed)} left` : ""
  const bar = `${"█".repeat(filled)}${"░".repeat(width - filled)}`
  return `${stage.padEnd(12)} ${bar} ${Math.floor(100 * share)}% ${amount(Math.round(rate), unit)}/s${left}${addition(more)}`
}

/** The line that a finished stage leaves behind. */
export const doneText = ({ stage, done, unit, startedMs, more }: Stage, nowMs: number): string =>
  `${stage.padEnd(12)} ${amount(done, unit)} in ${seconds(nowMs - startedMs)}${addition(more)}`

const tracker = (write: (text: string) => void, tty: boolean, now: () => number) => {
  let current: Stage | undefined
  const finish = () => {
    if (current !== undefined) write(`${tty ? "\r\u001B[2K" : ""}${doneText(current, now())}\n`)
    current = undefined
  }
  return {
    finish,
    draw: () => {
      if (tty && current !== undefined) write(`\r\u001B[2K${barText(current, now())}`)
    },
    report: (event: ProgressEvent) => {
      const same = current !== undefined && current.stage === event.stage && event.done >= current.done
      if (!same) finish()
      current = {
        ...event,
        startedMs: same ? current!.startedMs : now(),
        startedDone: same ? (current!.startedDone ?? 0) : event.done
      }
    }
  }
}

/** Shows the progress of an effect on stderr, unless quiet. Redraws ten times a second whatever the rate of events. */
export const withProgress = <A, E, R>(self: Effect.Effect<A, E, R>, quiet: boolean): Effect.Effect<A, E, R> =>
  Effect.gen(function* () {
    if (quiet) return yield* self
    const tty = process.stderr.isTTY
    const track = tracker(
      (text) => process.stderr.write(text),
      tty,
      () => performance.now()
    )
    const fiber = yield* Effect.forkChild(Effect.repeat(Effect.sync(track.draw), Schedule.spaced("100 millis")))
    return yield* self.pipe(
      Effect.provideService(Progress, track.report),
      Effect.ensuring(Effect.andThen(Fiber.interrupt(fiber), Effect.sync(track.finish)))
    )
  })
