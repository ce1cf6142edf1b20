/** Flags that several commands share, with their checks. */
import { Schema, SchemaTransformation } from "effect"
import { Flag } from "effect/cli"
import * as os from "node:os"

const pieces = SchemaTransformation.transform<ReadonlyArray<string>, string>({
  decode: (text) =>
    text
      .split(",")
      .map((piece) => piece.trim())
      .filter((piece) => piece !== ""),
  encode: (list) => list.join(",")
})

const names = Schema.String.pipe(
  Schema.decodeTo(Schema.Array(Schema.NonEmptyString).pipe(Schema.check(Schema.isMinLength(1))), pieces)
)

const wholeNumber = (least: number) =>
  Schema.NumberFromString.pipe(
    Schema.check(
      Schema.makeFilter(
        (n) => (Number.isSafeInteger(n) && n >= least) || `expected whole numbers from ${least} on, got ${n}`
      )
    )
  )

const numbers = (least: number) =>
  Schema.String.pipe(
    Schema.decodeTo(Schema.Array(Schema.String), pieces),
    Schema.decodeTo(Schema.Array(wholeNumber(least)).pipe(Schema.check(Schema.isMinLength(1))))
  )

/** A comma-separated list of names. */
export const nameList = (name: string, initial?: string) => {
  const flag = Flag.String(name)
  return (initial === undefined ? flag : flag.pipe(Flag.withDefault(initial))).pipe(Flag.withSchema(names))
}

/** `KEY=VALUE`s, cut at the commas before a key: values may be lists. */
const changes = SchemaTransformation.transform<ReadonlyArray<string>, string>({
  decode: (text) =>
    text
      .split(/,(?=\s*[A-Za-z][\w.]*=)/)
      .map((piece) => piece.trim())
      .filter((piece) => piece !== ""),
  encode: (list) => list.join(",")
})

/** A comma-separated list of `KEY=VALUE`. */
export const changeList = (name: string) =>
  Flag.String(name).pipe(
    Flag.withSchema(
      Schema.String.pipe(
        Schema.decodeTo(Schema.Array(Schema.NonEmptyString).pipe(Schema.check(Schema.isMinLength(1))), changes)
      )
    )
  )

/** A comma-separated list of whole numbers. */
export const numberList = (name: string, least: number, initial?: string) => {
  const flag = Flag.String(name)
  return (initial === undefined ? flag : flag.pipe(Flag.withDefault(initial))).pipe(Flag.withSchema(numbers(least)))
}

/** A whole number in a range. */
export const whole = (name: string, initial: number, minimum: number, maximum = Number.MAX_SAFE_INTEGER) =>
  Flag.Int(name).pipe(
    Flag.withDefault(initial),
    Flag.withSchema(Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum, maximum }))))
  )

/** A whole number in a range that has no usual value. */
export const wholeIn = (name: string, minimum: number, maximum = Number.MAX_SAFE_INTEGER) =>
  Flag.Int(name).pipe(Flag.withSchema(Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum, maximum })))))

/** What machine: flags of every command that builds one. */
export const machineFlags = {
  units: wholeIn("units", 1, 4096).pipe(
    Flag.optional,
    Flag.withDescription("units in all (expert-parallel ranks); a cluster gets the servers that they need")
  ),
  backend: Flag.String("backend").pipe(
    Flag.optional,
    Flag.withDescription("hardware backend: name, package or path; found by the machine's name when left out")
  ),
  set: changeList("set").pipe(
    Flag.optional,
    Flag.withDescription(
      "parts of the machine to replace, such as hbmBytesPerSec=8e12,routing=yx,deadDies=[[2,2]],deadLinks=[[[0,0],[1,0]]]"
    )
  )
} as const

/** As many threads as the machine has processors, up to `most`. */
export const usualWorkers = (most: number): number => Math.max(1, Math.min(most, os.availableParallelism()))

/** Flags of every command. */
export const common = {
  json: Flag.Boolean("json").pipe(
    Flag.withDefault(false),
    Flag.withDescription("one JSON document on stdout, nothing else")
  ),
  quiet: Flag.Boolean("quiet").pipe(Flag.withAlias("q"), Flag.withDefault(false), Flag.withDescription("no progress"))
}

export const seed = whole("seed", 1, 0, 0xffff_ffff).pipe(Flag.withDescription("seed of every random draw"))

/** Who does the work in parts, and how many parts at a time. */
export const runnerFlags = (initial: number, description = "worker threads; the result does not depend on them") => ({
  workers: whole("workers", initial, 1, 256).pipe(Flag.withDescription(description)),
  runner: Flag.String("runner").pipe(
    Flag.withDefault("threads"),
    Flag.withDescription("runner of the work: name, package or path; inline has no threads and one worker")
  )
})

/** Report formats that are written when nobody chooses. */
export const reportFormats: ReadonlyArray<string> = ["html", "md", "csv", "svg"]

/** Share of requests that judge what the others chose. */
export const heldOutShare = Flag.Finite("held-out").pipe(
  Flag.withDefault(0.5),
  Flag.withSchema(Schema.Finite.pipe(Schema.check(Schema.isBetween({ minimum: 0.05, maximum: 0.95 })))),
  Flag.withDescription("share of requests that judge instead of choose")
)
