/** Made-up recordings of SGLang in mode per_token, of the tiny model, and a plain reader of what they must come out as. */
import { PyTensor, type Py, torchOld, torchZip } from "../codecs/pickle/write-pickle.ts"
import { madeUp, type Tokens, withDense } from "../fixtures/rows.ts"

export interface MadePass {
  readonly mode: number
  readonly positions?: ReadonlyArray<number>
  readonly lengths?: ReadonlyArray<number>
  readonly tokens: Tokens
}

let seed = 500
/** A pass of made-up tokens. */
export const madePass = (
  mode: number,
  positions: ReadonlyArray<number>,
  lengths?: ReadonlyArray<number>
): MadePass & { readonly positions: ReadonlyArray<number> } => ({
  mode,
  positions,
  ...(lengths === undefined ? {} : { lengths }),
  tokens: madeUp(positions.length, (seed += 1))
})

/** `[layer][token][column]` with the dense layer in front, flat. */
const flat = (tokens: Tokens, fill: number): ReadonlyArray<number> => {
  const whole = withDense(tokens)
  return [0, 1, 2].flatMap((layer) => whole.flatMap((token) => (layer === 0 ? [fill, fill] : token[layer]!)))
}

const identity = [0, 1, 2].flatMap(() => Array.from({ length: 12 }, (_, slot) => slot))

export interface Options {
  readonly old?: boolean
  readonly map?: ReadonlyArray<number> | undefined
  readonly withoutMap?: boolean
  /** What the dense layer holds. */
  readonly fill?: number
}

/** A recording of one rank. */
export const recording = (passes: ReadonlyArray<MadePass>, options: Options = {}): Uint8Array => {
  const { old = false, map = identity, withoutMap = false, fill = -1 } = options
  const records = passes.map(({ mode, positions, lengths, tokens }, i): Py => ({
    forward_pass_id: i,
    rank: 0,
    forward_mode: mode,
    ...(positions === undefined ? {} : { positions: [...positions], input_ids: positions.map(() => 7) }),
    extend_seq_lens: lengths === undefined ? null : [...lengths],
    topk_ids_of_layer: new PyTensor("int32", [3, tokens.length, 2], flat(tokens, fill))
  }))
  const last = withoutMap ? {} : { last_physical_to_logical_map: new PyTensor("int64", [3, map.length / 3], map) }
  const value: Py = { records, ...last }
  return old ? torchOld(value) : torchZip(value)
}

/** Tokens of several passes, by number of the pass and of the row, one after another. */
export const rowsOf = (
  passes: ReadonlyArray<MadePass>,
  places: ReadonlyArray<readonly [pass: number, from: number, to?: number]>
): Tokens => places.flatMap(([pass, from, to = from + 1]) => passes[pass]!.tokens.slice(from, to))
