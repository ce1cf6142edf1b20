/** A flag that does not go with what else was asked for. */
import { taggedProblem } from "@moira/core"

export class FlagError extends taggedProblem("FlagError", ["Meaningless"]) {}
