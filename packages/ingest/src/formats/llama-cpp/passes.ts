/**
 * Forward passes in a CSV of activations: layers ascend inside a pass, and each has as many lines. The last one may have fewer:
 * llama.cpp's graphs drop the tokens without an output before the last layer's experts.
 */
import { ContentFault } from "../../fault/content-fault.ts"
import { linesOf, unendedHint } from "../../codecs/json-lines/lines.ts"
import { maxHeldBytes } from "../../codecs/bytes/read-bounded.ts"
import { GrowingIds } from "../../codecs/bytes/growing-ids.ts"

/** One pass of some tokens through all layers. */
export interface Pass {
  /** Layer numbers, ascending. */
  readonly layers: ReadonlyArray<number>
  /** Tokens times top-k. */
  readonly idsPerLayer: number
  /** The same of the last layer, which may have fewer. */
  readonly idsOfLast: number
  /** `[layer][token][k]`. */
  readonly ids: Int32Array
  /** Line of the first activation. */
  readonly line: number
  /** Line that ended it. */
  readonly end: number
  /** True where a header stands before it, so that a recording begins. */
  readonly begins: boolean
}

const header = "layer,expert"
/** Enough for any pair of numbers. */
const maxLineBytes = 64

const activation = (text: string, line: number, at: number): readonly [number, number] => {
  const found = /^(0|[1-9]\d{0,4}),(0|[1-9]\d{0,4})$/.exec(text)
  if (found === null) {
    const shown = text.slice(0, 24).replaceAll(/[^ -~]/g, "?")
    throw new ContentFault("Malformed", `line ${line}, byte ${at}`, `"${shown}" where layer,expert was expected`)
  }
  return [Number(found[1]), Number(found[2])]
}

/** The lines of a pass so far. */
class Collected {
  readonly layers: Array<number> = []
  readonly ids = new GrowingIds()
  readonly begins: boolean
  idsPerLayer = -1
  line = 0
  private layerStart = 0
  private idsOfLast = 0

  constructor(begins: boolean) {
    this.begins = begins
  }

  /** The layer that lines are of, -1 before the first. */
  get layer(): number {
    return this.layers.at(-1) ?? -1
  }

  /** All layers of a pass but its last have the same tokens; called when a layer is over, `last` when the pass is. */
  closeLayer(line: number, at: number, last: boolean): void {
    if (this.layers.length === 0) return
    const ids = this.ids.length - this.layerStart
    if (this.idsPerLayer < 0) this.idsPerLayer = ids
    if (ids !== this.idsPerLayer && !(last && ids < this.idsPerLayer))
      throw new ContentFault(
        "Ragged",
        `line ${line}, byte ${at}, layer ${this.layer}`,
        `${ids} activations where layer ${this.layers[0]} of the same pass has ${this.idsPerLayer}`,
        "layers of a pass have as many activations, but the last one: two recordings mixed line by line, or lines lost?"
      )
    this.idsOfLast = ids
    this.layerStart = this.ids.length
  }

  pass(end: number): Pass {
    const { layers, idsPerLayer, idsOfLast, line, begins } = this
    return { layers, idsPerLayer, idsOfLast, ids: this.ids.view(), line, end, begins }
  }
}

/**
 * Yields the passes of a file; a layer that is not above the one before starts the next, and so does a header. Throws
 * `ContentFault`.
 */
export function* passesOf(file: string): Generator<Pass, undefined> {
  let collected = new Collected(true)
  let [end, lines] = [0, 0]
  for (const { number, at, bytes, ended } of linesOf(file, maxHeldBytes)) {
    if (bytes.length > maxLineBytes)
      throw new ContentFault("Malformed", `line ${number}, byte ${at}`, `a line of ${bytes.length} bytes`)
    // A number that lost its last digits is still a number: only the line feed shows that it is whole.
    if (!ended)
      throw new ContentFault(
        "Truncated",
        `line ${number}, byte ${at}`,
        "the last line does not end in a line feed",
        unendedHint
      )
    const text = String.fromCharCode(...bytes).replace(/\r$/, "")
    if (text === header) {
      // Recordings that were put together with `cat` have their headers inside.
      collected.closeLayer(number, at, true)
      if (collected.layers.length > 0) yield collected.pass(number)
      collected = new Collected(true)
      continue
    }
    end = at + bytes.length
    lines = number
    const [layer, expert] = activation(text, number, at)
    if (layer !== collected.layer) {
      collected.closeLayer(number, at, layer < collected.layer)
      if (layer < collected.layer) {
        yield collected.pass(number)
        collected = new Collected(false)
      }
      if (collected.layers.length === 0) collected.line = number
      collected.layers.push(layer)
    }
    if (collected.ids.length * 4 >= maxHeldBytes)
      throw new ContentFault(
        "WrongShape",
        `line ${number}, byte ${at}`,
        "a pass of more tokens than are held in memory"
      )
    collected.ids.push(expert)
  }
  if (collected.layers.length === 0 && lines === 0)
    throw new ContentFault("Truncated", "byte 0", "the file holds no activation")
  collected.closeLayer(lines, end, true)
  if (collected.layers.length > 0) yield collected.pass(lines)
}
