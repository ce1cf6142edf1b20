/** Fields that responses of all engines have. Each consumes one value. */
import type { JsonCursor } from "../../codecs/json/cursor.ts"

/** The number of elements of a list, whatever they are; undefined for anything else. */
export const listLength = (cursor: JsonCursor): number | undefined => {
  if (cursor.kind() === "list") return cursor.list(() => cursor.skip())
  cursor.skip()
  return undefined
}

/** A count; undefined for anything but a number. */
export const optionalCount = (cursor: JsonCursor): number | undefined => {
  if (cursor.kind() === "number") return cursor.count()
  cursor.skip()
  return undefined
}

export const optionalText = (cursor: JsonCursor): string | undefined => {
  if (cursor.kind() === "string") return cursor.string()
  cursor.skip()
  return undefined
}

/** Why generation ended: a word, or an object with a `type`; `null` where it goes on. */
export const finishReason = (cursor: JsonCursor): string | null | undefined => {
  const kind = cursor.kind()
  if (kind === "null") {
    cursor.skip()
    return null
  }
  if (kind !== "object") return optionalText(cursor)
  let type: string | undefined
  cursor.object((key) => {
    if (key === "type") type = optionalText(cursor)
    else cursor.skip()
  })
  return type
}

/** The first words of an error that an engine gave in place of a response; undefined for `null`. */
export const errorText = (cursor: JsonCursor): string | undefined => {
  const kind = cursor.kind()
  let text: string | undefined
  if (kind === "object")
    cursor.object((key) => {
      if (key === "message") text = optionalText(cursor)
      else cursor.skip()
    })
  else text = optionalText(cursor)
  return kind === "null" ? undefined : JSON.stringify((text ?? "").slice(0, 80))
}
