/** Puts selections together to tokens, and tokens to requests, in whatever order of layers and tokens they come. */
import type { Model } from "@moira/core"
import { maxHeldBytes } from "../../codecs/bytes/read-bounded.ts"
import { ContentFault } from "../../fault/content-fault.ts"
import { byToken, layerMajor } from "../../parts/layer-major.ts"
import { layersOf, placesByNumber } from "../../parts/layers.ts"
import type { AssumedPhase } from "../../source.ts"
import { type Selection, selectionsOf } from "./lines.ts"

/** A cell that no line has filled. */
const empty = -2

interface Token {
  readonly number: number
  readonly line: number
  /** `[layer][rank]`, one rank more than the model chooses, since ranks count from 0 or 1. */
  readonly cells: Int32Array
}

interface Open {
  readonly name: string
  readonly prefill: Array<Token>
  readonly decode: Array<Token>
  /** Tokens by phase and number. */
  readonly byNumber: Map<string, Token>
  /** True where a number came again in decode: it counts the tokens of a step. */
  repeats: boolean
}

export interface RoutingRequest {
  readonly name: string
  readonly line: number
  readonly prefillTokens: number
  readonly decodeTokens: number
  readonly ids: Uint16Array
  /** True where prompt tokens lack the last layer. */
  readonly pruned: boolean
}

/** The file's layers, ascending. */
const layersIn = (file: string): ReadonlyArray<number> => {
  const found = new Set<number>()
  for (const { layer, line, at } of selectionsOf(file)) {
    found.add(layer)
    if (found.size > 65_535)
      throw new ContentFault("OutOfRange", `line ${line}, byte ${at}`, "more layers than any model has")
  }
  return [...found].toSorted((a, b) => a - b)
}

class Assembly {
  readonly #model: Model
  readonly #phase: AssumedPhase
  readonly #placeOf: ReadonlyMap<number, number>
  readonly #open = new Map<string, Open>()
  readonly #closed: Array<Open> = []
  #cells = 0
  /** Where ranks count from: 0 when some line says 0, else 1. */
  #lowestRank = Infinity

  constructor(model: Model, phase: AssumedPhase, placeOf: ReadonlyMap<number, number>) {
    this.#model = model
    this.#phase = phase
    this.#placeOf = placeOf
  }

  #fresh(name: string): Open {
    const open = { name, prefill: [], decode: [], byNumber: new Map<string, Token>(), repeats: false }
    this.#open.set(name, open)
    return open
  }

  /** The next request of a file that does not name them. */
  #next(open: Open): Open {
    this.#closed.push(open)
    return this.#fresh(open.name)
  }

  #token(open: Open, { token: number, line, at }: Selection, phase: AssumedPhase): Token {
    const { topK } = this.#model
    const size = this.#placeOf.size * (topK + 1)
    this.#cells += size
    if (this.#cells * Int32Array.BYTES_PER_ELEMENT > maxHeldBytes)
      throw new ContentFault(
        "WrongShape",
        `line ${line}, byte ${at}`,
        "more tokens than are held in memory",
        "split the file into several, each with its header"
      )
    const token = { number, line, cells: new Int32Array(size).fill(empty) }
    open[phase].push(token)
    open.byNumber.set(`${phase} ${number}`, token)
    return token
  }

  /** Where a selection belongs in a token; -1 where that is taken, so that another token begins. */
  #cell(token: Token | undefined, { layer, rank, line, at }: Selection): number {
    const { topK } = this.#model
    const from = this.#placeOf.get(layer)! * (topK + 1)
    if (rank !== undefined && rank > topK)
      throw new ContentFault(
        "OutOfRange",
        `line ${line}, byte ${at}`,
        `rank ${rank}, where ${this.#model.id} chooses ${topK}`
      )
    if (rank !== undefined) return token === undefined || token.cells[from + rank] === empty ? from + rank : -1
    const row = token?.cells.subarray(from, from + topK)
    const free = row === undefined ? 0 : row.indexOf(empty)
    return free < 0 ? -1 : from + free
  }

  add(selection: Selection): void {
    const phase = selection.phase ?? this.#phase
    const named = selection.request !== undefined
    let open = this.#open.get(selection.request ?? "") ?? this.#fresh(selection.request ?? "")
    let token = open.byNumber.get(`${phase} ${selection.token}`)
    let cell = this.#cell(token, selection)
    if (token === undefined || cell < 0) {
      // A prompt begins again: where requests have no names, it is that of the next.
      if (!named && phase === "prefill" && (open.decode.length > 0 || cell < 0)) open = this.#next(open)
      else if (cell < 0) open.repeats = true
      token = this.#token(open, selection, phase)
      cell = this.#cell(token, selection)
    }
    token.cells[cell] = selection.expert
    if (selection.rank !== undefined) this.#lowestRank = Math.min(this.#lowestRank, selection.rank)
  }

  /** The ids of a token's layers without the rank that is not used; holes where a prompt's token lacks the last layer. */
  #rows(token: Token, last: boolean, base: number, into: Int32Array, at: number): boolean {
    const { topK } = this.#model
    const layers = this.#placeOf.size
    for (let layer = 0; layer < layers; layer++) {
      const row = token.cells.subarray(layer * (topK + 1) + base, layer * (topK + 1) + base + topK)
      const filled = row.filter((id) => id !== empty).length
      if (filled === topK) into.set(row, at + layer * topK)
      else if (filled === 0 && layer === layers - 1 && !last) {
        into.fill(-1, at + layer * topK, at + (layer + 1) * topK)
        return true
      } else
        throw new ContentFault(
          "Ragged",
          `line ${token.line}`,
          `token ${token.number} has ${filled} of ${topK} experts in layer ${this.#numberOf(layer)}`,
          "the file is cut or lost lines, or is of another model: each token has all layers, but that prompt tokens may lack the last"
        )
    }
    return false
  }

  #numberOf(place: number): number {
    return [...this.#placeOf].find(([, index]) => index === place)![0]
  }

  #finish({ name, prefill, decode, repeats }: Open): RoutingRequest {
    const { topK } = this.#model
    const layers = this.#placeOf.size
    const byNumber = (a: Token, b: Token) => a.number - b.number
    const ordered = [...prefill.toSorted(byNumber), ...(repeats ? decode : decode.toSorted(byNumber))]
    const values = new Int32Array(ordered.length * layers * topK)
    const base = this.#lowestRank === 1 ? 1 : 0
    let pruned = false
    ordered.forEach((token, t) => {
      // Of a prompt the last token has an output, and with it the last layer.
      const whole = t >= prefill.length - 1
      pruned = this.#rows(token, whole, base, values, t * layers * topK) || pruned
    })
    const place = (token: number) => `line ${ordered[token]!.line}`
    const source = byToken({ values, tokens: ordered.length, layers, topK, place })
    const ids = layerMajor(
      source,
      this.#model,
      Int32Array.from({ length: layers }, (_, layer) => layer)
    )
    return { name, line: ordered[0]!.line, prefillTokens: prefill.length, decodeTokens: decode.length, ids, pruned }
  }

  /** Each request, put together when it is called: what is wrong with one costs that one. */
  *finish(): Generator<() => RoutingRequest> {
    const all = [...this.#closed, ...this.#open.values()].filter(
      ({ prefill, decode }) => prefill.length + decode.length > 0
    )
    for (const open of all) yield () => this.#finish(open)
  }
}

/** The requests of a file; `phase` is what is assumed where it does not say. Throws `ContentFault`. */
export function* requestsOf(file: string, model: Model, phase: AssumedPhase): Generator<() => RoutingRequest> {
  const layers = layersIn(file)
  const placeOf = placesByNumber(model, layers)
  if (placeOf === undefined)
    throw new ContentFault(
      "WrongShape",
      "line 1",
      `${layers.length} layers, ${layers[0]} to ${layers.at(-1)}, where ${layersOf(model)}`
    )
  const assembly = new Assembly(model, phase, placeOf)
  for (const selection of selectionsOf(file)) assembly.add(selection)
  yield* assembly.finish()
}
