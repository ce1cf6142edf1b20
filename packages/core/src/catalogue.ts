/** The models that Moira knows. Facts come from the published config.json unless `source` says otherwise. */
import { deepseek } from "./catalogue/deepseek.ts"
import { meta } from "./catalogue/meta.ts"
import { mistral } from "./catalogue/mistral.ts"
import { moonshot } from "./catalogue/moonshot.ts"
import { nvidia } from "./catalogue/nvidia.ts"
import { openai } from "./catalogue/openai.ts"
import { others } from "./catalogue/others.ts"
import { qwen } from "./catalogue/qwen.ts"
import { zhipu } from "./catalogue/zhipu.ts"
import type { Model } from "./model.ts"
import { bareName, plainName } from "./model-name.ts"

export const catalogue: ReadonlyArray<Model> = [
  ...deepseek,
  ...qwen,
  ...meta,
  ...moonshot,
  ...mistral,
  ...openai,
  ...zhipu,
  ...nvidia,
  ...others
]

const names = (model: Model) => [model.id, ...model.aliases]

/** Models by every form of their names. */
const byName = (): ReadonlyMap<string, Model> => {
  const known = new Map<string, Model>()
  // Whole names first, so that no model takes another's by the short form of its own.
  for (const form of [(name: string) => name.toLowerCase(), bareName, plainName])
    for (const model of catalogue)
      for (const name of names(model)) if (!known.has(form(name))) known.set(form(name), model)
  return known
}

/** Files of one folder ask for the same name, one after the other. */
let last: { readonly name: string; readonly model: Model | undefined } | undefined

/** Made when a name is first looked up: most commands never do. */
let known: ReadonlyMap<string, Model> | undefined

/**
 * Finds a model of the catalogue by id or alias: case and organisation do not matter, nor do endings that leave the shape
 * as it is, such as -Instruct, -FP8 or a date.
 */
export const findModel = (name: string): Model | undefined => {
  known ??= byName()
  if (last?.name !== name)
    last = { name, model: known.get(name.toLowerCase()) ?? known.get(bareName(name)) ?? known.get(plainName(name)) }
  return last.model
}
