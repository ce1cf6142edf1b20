/** The one error of making a twin: an option that cannot be. */
import { taggedProblem } from "@moira/core"

export class TwinError extends taggedProblem("TwinError", ["BadOption"]) {}
