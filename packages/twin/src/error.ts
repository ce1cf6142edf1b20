/** The one error of making a twin: an option that cannot be. */
import { problem, problemLine } from "@moira/core"
import { Schema } from "effect"

export class TwinError extends Schema.TaggedError<TwinError>()("TwinError", problem(["BadOption"])) {
  override get message() {
    return problemLine(this)
  }
}
