/** Reads a manifest and proves that it says what was written. */
import { isSealed } from "@moira/core"
import { Effect, Schema } from "effect"
import * as fs from "node:fs"
import { manifestDigest } from "../manifest.ts"
import type { StoreError } from "../store.ts"

type Json = Readonly<Record<string, unknown>>

/**
 * What a manifest says. Fails where it carries a digest that is not its own, whatever its schema and version seem to be, or
 * where it has none although manifests of this schema and version do.
 */
export const readSealed = (
  file: string,
  failed: (cause: unknown) => StoreError,
  schema: string,
  version: number
): Effect.Effect<Json, StoreError> =>
  Effect.try({
    try: () => {
      const text = fs.readFileSync(file, "utf8")
      const json = (JSON.parse(text) ?? {}) as Json
      const digest = json[manifestDigest]
      const sealed = isSealed(text, json, manifestDigest)
      if (!sealed && (digest !== undefined || (json.schema === schema && json.version === version)))
        throw new Error("it was changed after it was written")
      return json
    },
    catch: failed
  })

/** A manifest of a sealed text, the digest left out. */
export const decodeManifest =
  <A>(schema: Schema.Codec<A, unknown>) =>
  (json: Json) => {
    const { [manifestDigest]: _, ...fields } = json
    return Schema.decodeUnknownEffect(schema)(fields, { errors: "first", onExcessProperty: "error" })
  }
