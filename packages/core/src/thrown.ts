/** What is left of a thrown error where it leaves its thread: plain fields, which a copy to another thread keeps. */

export interface Thrown {
  readonly message: string
  /** Name, stack and text fields of an error, such as `_tag`, `reason` and `where`; the text of anything else. */
  readonly cause: unknown
}

/** An error of a schema class does not survive the copy to another thread; its text fields do. */
export const thrown = (error: unknown): Thrown => {
  if (!(error instanceof Error)) return { message: String(error), cause: String(error) }
  const fields = Object.entries(error).filter(([, value]) => typeof value === "string")
  return { message: error.message, cause: { name: error.name, stack: error.stack, ...Object.fromEntries(fields) } }
}
