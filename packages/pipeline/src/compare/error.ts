/** What `compare` cannot put side by side. */
import { taggedProblem } from "@moira/core"

export class CompareError extends taggedProblem("CompareError", [
  "NoRuns",
  "OtherKind",
  "MixedModels",
  "OnePoint",
  "UnknownField",
  "UnknownBaseline",
  "NothingInCommon",
  "NoFigure"
]) {}
