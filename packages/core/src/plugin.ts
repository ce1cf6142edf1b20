/** What a plug-in is: a kind that recognises it, and why a name did not resolve to one. */
import { Schema } from "effect"
import { problem, problemLine } from "./problem.ts"

export class PluginError extends Schema.TaggedError<PluginError>()(
  "PluginError",
  problem(["Unknown", "NotLoadable", "NotThisKind"])
) {
  override get message() {
    return problemLine(this)
  }
}

/** One kind of plug-in and how to recognise it. */
export interface PluginKind<A> {
  /** For people: `allocator`, `hardware backend`. */
  readonly kind: string
  /** Folder of the built-in ones, as a file URL ending in a slash. */
  readonly folder: URL
  readonly is: (value: unknown) => value is A
}

/** A plug-in and the module that another thread can import to get the same one. */
export interface Loaded<A> {
  readonly plugin: A
  readonly module: string
}
