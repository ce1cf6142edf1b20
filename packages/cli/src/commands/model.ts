import {
  catalogue,
  expertFlopPerToken,
  expertParameters,
  findModel,
  given,
  type Model,
  moeLayers,
  version
} from "@moira/core"
import { readModel, type ReadModel, saveText } from "@moira/core/node"
import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { isDeepStrictEqual } from "node:util"
import { listed } from "../command.ts"
import { catalogueText, modelText } from "../terminal/model-text.ts"
import { note, print, printJson } from "../terminal/output.ts"
import { common } from "../flags/shared.ts"

/** Facts on which traces and results depend. */
const compared = [
  "layers",
  "experts",
  "zeroExperts",
  "topK",
  "hidden",
  "routedHidden",
  "expertFfn",
  "sharedExperts",
  "sharedFfn",
  "matrices",
  "routing"
] as const satisfies ReadonlyArray<keyof Model>

/** Names of the facts in which a configuration differs from the catalogue's model of the same name. */
const differences = (model: Model, known: Model): ReadonlyArray<string> => [
  ...compared.filter((field) => !isDeepStrictEqual(model[field], known[field])),
  ...(isDeepStrictEqual(moeLayers(model), moeLayers(known)) ? [] : ["moe"])
]

/** What the catalogue has under the name of a model that was read from a file. */
const besideCatalogue = ({ model, taken }: ReadModel) => {
  const known = taken === undefined ? undefined : findModel(model.title)
  return known === undefined ? undefined : { id: known.id, differs: differences(model, known) }
}

const document = (read: ReadModel) => {
  const { model, taken } = read
  return {
    schema: "moira-model/1",
    moira: version,
    model,
    confirmed: model.confirmed ?? true,
    moeLayers: moeLayers(model),
    expertParameters: expertParameters(model),
    expertBytes: expertParameters(model) * model.servingBytesPerWeight,
    expertFlopPerToken: expertFlopPerToken(model),
    ...given({ taken, catalogue: besideCatalogue(read) })
  }
}

const catalogueNote = (read: ReadModel): string | undefined => {
  const beside = besideCatalogue(read)
  if (beside === undefined) return undefined
  return beside.differs.length === 0
    ? `the catalogue has the same facts as ${beside.id}`
    : `the catalogue has a model of this name, ${beside.id}, with another ${beside.differs.join(", ")}`
}

const one = Effect.fnUntraced(function* (name: string, out: Option.Option<string>, json: boolean) {
  const read = yield* readModel(name)
  if (Option.isSome(out)) yield* saveText(out.value, `${JSON.stringify(read.model, null, 2)}\n`)
  yield* json ? printJson(document(read)) : print(modelText(read.model, read.taken))
  const beside = catalogueNote(read)
  if (beside !== undefined && !json) yield* note(beside)
})

export default Command.make(
  "model",
  {
    name: Argument.String("name").pipe(
      Argument.withDescription(
        "model name, config.json of a published model, or model file; all known models when left out"
      ),
      Argument.optional
    ),
    out: Flag.String("out").pipe(Flag.withDescription("file to write the model to, as a model file"), Flag.optional),
    ...common
  },
  Effect.fnUntraced(function* ({ name, out, json }) {
    if (Option.isSome(name)) return yield* one(name.value, out, json)
    yield* json ? printJson({ schema: "moira-models/1", moira: version, models: catalogue }) : print(catalogueText())
  })
).pipe(
  Command.withDescription("Say what is known of a model, and from where"),
  Command.withExamples([
    { command: "moira model kimi-k2", description: "a model of the catalogue" },
    { command: "moira model ./config.json --out model.json", description: "from a published model's configuration" }
  ]),
  listed(5.5)
)
