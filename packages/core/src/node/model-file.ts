/** Models from where a user keeps them: the catalogue by name, a model file, or a published model's config.json. */
import { Effect, Schema } from "effect"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { catalogue, findModel } from "../catalogue.ts"
import { parseConfig } from "../config/parse.ts"
import { looksLikeConfig, readConfig, type TakenFact } from "../config/read-config.ts"
import { isConfig } from "../config/lookup.ts"
import { Model, ModelError } from "../model.ts"
import { knownNames } from "../problem.ts"
import { bytesPerWeight, type WeightFormat, weightFormats } from "../weight-formats.ts"

const decodeModel = Schema.decodeUnknownEffect(Model, { errors: "all", onExcessProperty: "error" })

/** Configurations that list every quantised layer have a few hundred kilobytes. */
const mostBytes = 16 * 2 ** 20

/** A model and, where it came from a configuration, which field gave what. */
export interface ReadModel {
  readonly model: Model
  readonly taken?: ReadonlyArray<TakenFact>
}

const readText = Effect.fnUntraced(function* (file: string) {
  const unreadable = (what: string, cause?: unknown) =>
    new ModelError({
      reason: "Unreadable",
      where: file,
      what,
      hint: "give the path of a model's config.json, or of a JSON file with the fields of docs/reference/models.md",
      ...(cause === undefined ? {} : { cause })
    })
  return yield* Effect.tryPromise({
    try: async () => {
      const { size } = await fs.stat(file)
      return size > mostBytes ? undefined : await fs.readFile(file, "utf8")
    },
    catch: (cause) => unreadable("the model file cannot be read", cause)
  }).pipe(
    Effect.flatMap((text) =>
      text === undefined
        ? Effect.fail(unreadable("the file has more than 16 MiB, which no model file has"))
        : Effect.succeed(text)
    )
  )
})

const invalid = (where: string, what: string, hint: string, cause?: unknown): ModelError =>
  new ModelError({ reason: "InvalidModel", where, what, hint, ...(cause === undefined ? {} : { cause }) })

/** A model file that names its number format need not say the bytes of a weight. */
const withBytes = (value: unknown): unknown => {
  const format = isConfig(value) && !("servingBytesPerWeight" in value) ? value["weightFormat"] : undefined
  return isConfig(value) && typeof format === "string" && Object.hasOwn(weightFormats, format)
    ? { ...value, servingBytesPerWeight: bytesPerWeight(format as WeightFormat) }
    : value
}

/** A line for each problem; of the two forms that MoE layers have, those of the form that was meant. */
const problemsOf = (message: string, value: unknown): string => {
  const moe = isConfig(value) && isConfig(value["moe"]) ? value["moe"] : {}
  const otherForm =
    "layers" in moe
      ? /(?:Missing key|Expected no excess property) at \["moe"\]\["(?:first|last|every)"\]|Expected no excess property at \["moe"\]\["layers"\]/g
      : /Expected no excess property at \["moe"\]\["(?:first|last|every)"\]|Missing key at \["moe"\]\["layers"\]/g
  const lines = message.replaceAll(/\s*\n\s*/g, " ")
  const meant = lines.replaceAll(otherForm, "").replaceAll(/\s+/g, " ").trim()
  return meant === "" ? lines : meant
}

/** What a model of a file is called: the repository that a cache's or a checkout's folders name, else the file. */
const nameOfPath = (file: string): string => {
  const parts = path.resolve(file).split(path.sep)
  const cached = parts.findLast((part) => part.startsWith("models--"))
  if (cached !== undefined) return cached.slice("models--".length).replace("--", "/")
  const stem = path.basename(file, ".json")
  return stem === "config" ? (parts.at(-2) ?? stem) : stem.replace(/[-_]config$/, "").replace("--", "/")
}

/** ModelOpt's older checkpoints say the number format in a file beside the configuration. */
const withQuantization = Effect.fnUntraced(function* (config: Readonly<Record<string, unknown>>, file: string) {
  if ("quantization_config" in config || "quantization" in config) return config
  const beside = path.join(path.dirname(file), path.basename(file).replace("config.json", "hf_quant_config.json"))
  if (beside === file || path.basename(beside) === path.basename(file)) return config
  const found = yield* Effect.tryPromise(async (): Promise<unknown> =>
    JSON.parse(await fs.readFile(beside, "utf8"))
  ).pipe(Effect.orElseSucceed(() => undefined))
  return isConfig(found) && isConfig(found["quantization"])
    ? { ...config, quantization: found["quantization"] }
    : config
})

/** Reads a model file, or the config.json of a published model of any family. */
const readModelFile = Effect.fn("core.readModelFile")(function* (file: string) {
  const text = yield* readText(file)
  const hint = "see docs/reference/models.md for the fields of a model"
  const json = yield* Effect.try({
    try: () => parseConfig(text),
    catch: (cause) => invalid(file, `is no JSON: ${(cause as Error).message}`, hint, cause)
  })
  const checked = (value: unknown) =>
    decodeModel(value).pipe(Effect.mapError((cause) => invalid(file, problemsOf(cause.message, value), hint, cause)))
  if (!looksLikeConfig(json)) return yield* Effect.map(checked(withBytes(json)), (model): ReadModel => ({ model }))
  const reading = readConfig(yield* withQuantization(json, file), nameOfPath(file))
  if ("faults" in reading)
    return yield* invalid(
      file,
      reading.faults.join("; "),
      "write a model file with the facts that the configuration lacks: docs/reference/models.md"
    )
  return yield* Effect.map(checked(reading.model), (model): ReadModel => ({ model, taken: reading.taken }))
})

/** Reads a user's own model from a JSON file. */
export const loadModelFile = Effect.fn("core.loadModelFile")(function* (file: string) {
  return (yield* readModelFile(file)).model
})

const isFile = (file: string) =>
  Effect.tryPromise(async () => (await fs.stat(file)).isFile()).pipe(Effect.orElseSucceed(() => false))

/** A model by catalogue name, or from a file when the name ends in `.json` or is a folder with a config.json. */
export const readModel = Effect.fn("core.readModel")(function* (name: string) {
  if (name.endsWith(".json")) return yield* readModelFile(name)
  const folder = path.join(name, "config.json")
  // A path that is written as one is meant as one.
  if (/^[./]/.test(name) && (yield* isFile(folder))) return yield* readModelFile(folder)
  const model = findModel(name)
  const read: ReadModel | undefined = model === undefined ? undefined : { model }
  if (read !== undefined) return read
  if (yield* isFile(folder)) return yield* readModelFile(folder)
  const known = knownNames(
    name,
    catalogue.map((m) => m.id)
  )
  return yield* new ModelError({
    reason: "UnknownModel",
    where: name,
    what: "unknown model",
    hint: `known are ${known}; or give the model's config.json, or a model of your own as a .json file`
  })
})

/** The model alone: {@link readModel}. */
export const resolveModel = Effect.fn("core.resolveModel")(function* (name: string) {
  return (yield* readModel(name)).model
})
