/** Finds the folder that a user means, or tells them what is there instead. */
import { knownNames } from "@moira/core"
import { Effect, Result } from "effect"
import type { HubFile, HubFolder } from "./contract.ts"
import { HubError } from "./error.ts"
import { Hub } from "./hub.ts"
import type { Wanted } from "./wanted.ts"

export interface Found {
  readonly place: HubFolder
  readonly files: ReadonlyArray<HubFile>
}

const join = (...parts: ReadonlyArray<string>) => parts.filter((part) => part !== "").join("/")

/** The value, or undefined where the hub has no such folder. */
const ifThere = <A, R>(self: Effect.Effect<A, HubError, R>) =>
  Effect.catchIf(
    self as Effect.Effect<A | undefined, HubError, R>,
    (error) => error.reason === "NotFound",
    () => Effect.succeed(undefined)
  )

/** Every `ORG/MODEL` of a data set. */
const allModels = Effect.fnUntraced(function* (root: HubFolder) {
  const hub = yield* Hub
  const owners = (yield* ifThere(hub.folders(root))) ?? []
  const models = yield* Effect.forEach(
    owners,
    (owner) =>
      Effect.map(ifThere(hub.folders({ ...root, folder: owner })), (names) =>
        (names ?? []).map((name) => `${owner}/${name}`)
      ),
    { concurrency: 4 }
  )
  return models.flat()
})

const notThere = (place: HubFolder, missing: string, kind: string, there: ReadonlyArray<string>) =>
  new HubError({
    reason: "NotFound",
    where: place.folder === "" ? place.repo : `${place.repo}: ${place.folder}`,
    what: `has no ${kind} ${missing}`,
    hint: there.length === 0 ? "check --repo and --revision" : `there is ${knownNames(missing, there)}`
  })

/** Walks down to the first part that is missing and names its neighbours. */
const explain = Effect.fnUntraced(function* (root: HubFolder, { models, below }: Wanted) {
  const hub = yield* Hub
  for (const model of models) {
    const at = (folder: string): HubFolder => ({ ...root, folder })
    let there = yield* ifThere(hub.folders(at(model)))
    if (there === undefined) continue
    let folder = model
    for (const part of below === "" ? [] : below.split("/")) {
      if (!there.includes(part)) return notThere(at(folder), part, folder === model ? "benchmark" : "subject", there)
      folder = join(folder, part)
      there = (yield* ifThere(hub.folders(at(folder)))) ?? []
    }
  }
  return notThere(
    root,
    new Intl.ListFormat("en-GB", { type: "disjunction" }).format(models),
    "model",
    yield* allModels(root)
  )
})

/** The first of the model's folders that holds what is wanted, with its files. */
export const findFolder = Effect.fn("ingest.hub.findFolder")(function* (root: HubFolder, wanted: Wanted) {
  const hub = yield* Hub
  for (const model of wanted.models) {
    const place = { ...root, folder: join(model, wanted.below) }
    const result = yield* Effect.result(hub.files(place))
    if (Result.isSuccess(result)) return { place, files: result.success } satisfies Found
    if (result.failure.reason !== "NotFound") return yield* result.failure
  }
  return yield* yield* explain(root, wanted)
})
