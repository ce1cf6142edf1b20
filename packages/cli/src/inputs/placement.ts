/** Files with placements, as `moira place` and engines write them. */
import { type PlacementFile } from "@moira/pipeline"
import { Effect } from "effect"
import { type InputError, readText } from "./read-text.ts"

export const placementFile = (file: string) =>
  Effect.map(
    readText(file, {
      what: (words) => `cannot be read: ${words.split(",")[0]}`,
      hint: "give a placement file, such as placement.json of an earlier `moira place`",
      maxBytes: 2 ** 26
    }),
    (text): PlacementFile => ({ name: file, text })
  )

/** `--placement`: an optimizer by name, package or path, or a file with a placement. */
export const placementChoice = (name: string): Effect.Effect<string | PlacementFile, InputError> =>
  /\.(json|ya?ml)$/.test(name) ? placementFile(name) : Effect.succeed(name)
