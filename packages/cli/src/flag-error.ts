/** A flag that does not go with what else was asked for. */
import { problem, problemLine } from "@moira/core"
import { Schema } from "effect"

export class FlagError extends Schema.TaggedError<FlagError>()("FlagError", problem(["Meaningless"])) {
  override get message() {
    return problemLine(this)
  }
}
