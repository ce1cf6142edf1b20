/** The decoder of patterns-json: from the bytes of a file to layer-major ids, by one of three engines that agree on all input. */
import { JsMatcher } from "./match-js.ts"
import { hasWasmSimd, maxWasmBytes, WasmWorkspace } from "./match-wasm.ts"
import { IdsFull, PatternScanner } from "./scan.ts"
import type { PatternShape } from "./shape.ts"
import { speculate } from "./speculation.ts"
import { HeapWorkspace, slack, type Workspace } from "./workspace.ts"

export interface DecodedPatterns {
  readonly prefillTokens: number
  readonly decodeTokens: number
  /** `[layerIndex][token][k]`, prefill tokens first; layers ascending whatever their order in the file. */
  readonly ids: Uint16Array
}

/** `plain`: the strict byte machine alone. `js`: with speculation. `wasm`: with speculation by WebAssembly SIMD. */
export type PatternEngine = "wasm" | "js" | "plain"

/** Decodes one file at a time; reuse it, since its memory is warm and what it learned of a corpus lasts. */
export interface PatternDecoder {
  readonly engine: PatternEngine
  /**
   * Memory to read a file into, with room for at least `length` bytes. Its first `kept` bytes are those of the memory that
   * the last call gave, which is no longer to be used.
   */
  readonly reserve: (length: number, kept?: number) => Uint8Array
  /**
   * Decodes the first `length` bytes of that memory into an array of its own, or into the start of `room` if all ids find
   * room there: fresh memory for each file costs a tenth of the time of pretty files and a fifth of that of compact ones.
   * Throws `Fault`.
   */
  readonly decode: (length: number, room?: Uint16Array) => DecodedPatterns
}

/** The fastest engine of this machine. */
const bestEngine = (): PatternEngine => (hasWasmSimd() ? "wasm" : "js")

interface Parts {
  readonly workspace: Workspace
  readonly scanner: PatternScanner
}

const wasmParts = (shape: PatternShape): Parts => {
  const workspace = new WasmWorkspace(shape.experts)
  return { workspace, scanner: new PatternScanner(shape, workspace, speculate(workspace, workspace, shape)) }
}

const jsParts = (shape: PatternShape): Parts => {
  const workspace = new HeapWorkspace()
  const matcher = new JsMatcher(workspace, shape.experts)
  return { workspace, scanner: new PatternScanner(shape, workspace, speculate(matcher, workspace, shape)) }
}

const plainParts = (shape: PatternShape): Parts => {
  const workspace = new HeapWorkspace()
  return { workspace, scanner: new PatternScanner(shape, workspace) }
}

const makeParts = { wasm: wasmParts, js: jsParts, plain: plainParts }

const scanWhole = ({ workspace, scanner }: Parts, length: number): void => {
  for (;;) {
    try {
      scanner.scan(length)
      return
    } catch (error) {
      if (!(error instanceof IdsFull)) throw error
      workspace.growIds()
    }
  }
}

/** Memory for files above this many bytes is given back at the next file that needs less. */
const ordinary = 1 << 26

/** Zeroes after a file: one byte is what stops every engine, a word more costs nothing. */
const tail = 64

/**
 * A decoder for files of one shape. The ids of files above `maxBytes` (512 MiB unless told) may not fit WebAssembly's
 * memory beside them, so the `wasm` engine has the `js` engine decode those.
 */
export const makeDecoder = (
  shape: PatternShape,
  engine: PatternEngine = bestEngine(),
  maxBytes: number = maxWasmBytes
): PatternDecoder => {
  const isLarge = (length: number): boolean => engine === "wasm" && length > maxBytes
  let large = false
  let parts = makeParts[engine](shape)

  const renew = (length: number): void => {
    large = isLarge(length)
    parts = makeParts[large ? "js" : engine](shape)
  }

  const reserve = (length: number, kept = 0): Uint8Array => {
    const { bytes } = parts.workspace
    if (kept > 0 && isLarge(length) && !large) {
      // The file grew beyond what was said of it: what there is of it moves.
      renew(length)
      parts.workspace.reserve(length)
      parts.workspace.bytes.set(bytes.subarray(0, kept))
    } else if (kept === 0 && (isLarge(length) !== large || (bytes.length > ordinary + slack && length <= ordinary))) {
      renew(length)
    }
    parts.workspace.reserve(length)
    return parts.workspace.bytes.subarray(0, -slack)
  }

  const decode = (length: number, room?: Uint16Array): DecodedPatterns => {
    const { workspace, scanner } = parts
    workspace.bytes.fill(0, length, length + tail)
    scanWhole(parts, length)
    const { prefillTokens, decodeTokens, count } = scanner
    const ids = room !== undefined && room.length >= count ? room.subarray(0, count) : new Uint16Array(count)
    workspace.layerMajor(scanner, count, ids)
    return { prefillTokens, decodeTokens, ids }
  }

  return { engine, reserve, decode }
}
