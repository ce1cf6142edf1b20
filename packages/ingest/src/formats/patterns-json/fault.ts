/** Why a patterns-json file was refused, and how that is told. */
import type { IngestReason } from "../../fault/error.ts"

export type FaultReason = Extract<
  IngestReason,
  "Malformed" | "Truncated" | "OutOfRange" | "Repeated" | "Ragged" | "WrongShape"
>

/** Where scanning was: layer and token are -1 while they are not known. */
export interface Place {
  readonly byte: number
  readonly layer: number
  readonly token: number
}

/** Thrown by the scanner, which knows bytes but not files; becomes an `IngestError` at the format's edge. */
export class Fault extends Error {
  readonly reason: FaultReason
  readonly place: Place
  constructor(reason: FaultReason, place: Place, what: string) {
    super(what)
    this.reason = reason
    this.place = place
  }
}

const hints: Readonly<Record<FaultReason, (modelId: string) => string>> = {
  Malformed: () => "ids are plain JSON integers in rows, rows in layers, layers in one object a step",
  Truncated: () => "fetch or copy the file again",
  OutOfRange: (id) => `the file is damaged or not of ${id}; choose its model with --model`,
  Repeated: () => "a router chooses different experts for a token; the file is damaged or badly converted",
  Ragged: () => "every row has the model's top-k ids and every layer of a prefill as many rows",
  WrongShape: (id) => `the file is not of ${id} or badly converted; choose its model with --model`
}

/** The fields of the error of a fault in `file`. */
export const describeFault = (file: string, modelId: string, fault: Fault) => {
  const { byte, layer, token } = fault.place
  return {
    reason: fault.reason,
    where: `${file}, byte ${byte}${layer < 0 ? "" : `, layer ${layer}`}${token < 0 ? "" : `, token ${token}`}`,
    what: fault.message,
    hint: hints[fault.reason](modelId)
  }
}

/** The text at `at` up to the next delimiter, short and printable, for messages. */
export const tokenAt = (bytes: Uint8Array, at: number, end: number): string => {
  const most = 24
  let stop = at
  while (stop < end && stop - at < most && !/[\s,:[\]{}]/.test(String.fromCharCode(bytes[stop]!))) stop++
  if (stop === at) stop = Math.min(at + 1, end)
  const text = String.fromCharCode(...bytes.subarray(at, stop))
  const shown = text.replaceAll(/[^ -~]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`)
  return stop - at === most ? `${shown}...` : shown
}
