/** The one error of fetching traces from a hub. */
import { given, taggedProblem } from "@moira/core"
import { Schema } from "effect"

/**
 * Why a fetch failed. `BadOption`: the request or the settings are wrong; `Gated`: no access; `NotFound`: no such data
 * set, revision or folder; `TooLarge`: more than the cap; `UnsafePath`: a listed name that would leave the folder;
 * `BadAnswer`: the server does not speak the hub's language; `Changed`: the file is no longer the one that was listed;
 * `WrongHash`: what came is not what was listed; `Busy`, `ServerFault` and `Cut` pass with time and are tried again;
 * `Unreachable`: no such host, or one that cannot be trusted; `DiskFull` and `NotWritable`: the local side.
 */
export const hubReasons = [
  "BadOption",
  "Gated",
  "NotFound",
  "TooLarge",
  "UnsafePath",
  "BadAnswer",
  "Changed",
  "WrongHash",
  "Busy",
  "ServerFault",
  "Cut",
  "Unreachable",
  "DiskFull",
  "NotWritable"
] as const
export type HubReason = (typeof hubReasons)[number]

/** `where` is a file of the data set, a local path or an option; never an address with a secret in it. */
export class HubError extends taggedProblem("HubError", hubReasons, {
  /** How long the server asked to be left alone, milliseconds. */
  retryAfterMs: Schema.optionalKey(Schema.Number)
}) {}

/** True where the same request may well succeed later. */
export const isTransient = ({ reason }: HubError): boolean =>
  reason === "Busy" || reason === "ServerFault" || reason === "Cut"

const code = (cause: unknown): string => {
  if (!(cause instanceof Error)) return ""
  if ("code" in cause && typeof cause.code === "string") return cause.code
  return code(cause.cause)
}

const firstLine = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause)).split("\n")[0]!

const untrusted = /CERT|SELF_SIGNED|^ERR_TLS|^ERR_SSL|UNABLE_TO_/
const noHost = new Set(["ENOTFOUND", "ERR_INVALID_URL", "EPROTO"])

/** What the network said. A lost connection is worth another try, an unknown host or a bad certificate is not. */
export const networkProblem =
  (where: string) =>
  (cause: unknown): HubError => {
    if (cause instanceof HubError) return cause
    const why = code(cause)
    // The platform's own error says only "fetch failed"; its cause says why.
    const said = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
    const fatal = noHost.has(why) || untrusted.test(why)
    return new HubError({
      reason: fatal ? "Unreachable" : "Cut",
      where,
      what: fatal ? `the hub cannot be reached: ${firstLine(said)}` : `the connection was lost: ${firstLine(said)}`,
      hint: fatal
        ? "check the network, and HF_ENDPOINT if it is set"
        : "check the network and run the same command again; it goes on where it stopped",
      cause
    })
  }

const full = new Set(["ENOSPC", "EDQUOT", "EFBIG"])

/** What the file system said about a local path. */
export const diskProblem =
  (where: string) =>
  (cause: unknown): HubError => {
    if (cause instanceof HubError) return cause
    const noRoom = full.has(code(cause))
    return new HubError({
      reason: noRoom ? "DiskFull" : "NotWritable",
      where,
      what: noRoom ? `there is no room left: ${firstLine(cause)}` : `cannot be written: ${firstLine(cause)}`,
      hint: noRoom
        ? "free some space, or fetch less; the same command goes on where it stopped"
        : "check the path and its permissions, or choose another --out",
      cause
    })
  }

/** Two processes that fetch the same file. */
export const contested = (where: string): HubError =>
  new HubError({
    reason: "NotWritable",
    where,
    what: "is fetched by another process too",
    hint: "wait until it is done and run the same command again, or choose another --out"
  })

/** An answer that no hub gives. */
export const badAnswer = (where: string, what: string, cause?: unknown): HubError =>
  new HubError({
    reason: "BadAnswer",
    where,
    what,
    hint: "check HF_ENDPOINT: the server there does not answer as the hub does",
    ...given({ cause })
  })
