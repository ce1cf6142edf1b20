/**
 * Texts of JSON that carry the digest of all that they say, so that a change of any character is found: manifests of
 * stores. The digest is over the text without it.
 */
import { sha256 } from "./sha256.ts"

const textOf = (fields: object): string => `${JSON.stringify(fields, null, 2)}\n`

/** The text of `fields` with their digest as a last field of name `key`. */
export const sealJson = (fields: object, key: string): string => textOf({ ...fields, [key]: sha256(textOf(fields)) })

/** Whether a text is, to the byte, what {@link sealJson} makes of what it says; `json` is what it says. */
export const isSealed = (text: string, json: Readonly<Record<string, unknown>>, key: string): boolean => {
  const { [key]: digest, ...fields } = json
  return (
    typeof digest === "string" && sha256(textOf(fields)) === digest && textOf({ ...fields, [key]: digest }) === text
  )
}
