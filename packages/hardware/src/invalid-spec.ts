/** Why there is no machine. */
import { taggedProblem } from "@moira/core"

/**
 * A spec that is malformed, or that parses but describes no machine, for example a mesh of zero columns; `WrongBackend` where
 * the backend is to blame, whatever the spec.
 */
export class InvalidSpec extends taggedProblem("InvalidSpec", [
  "Malformed",
  "NoSuchField",
  "NotBuildable",
  "UnknownMachine",
  "WrongBackend"
]) {}
