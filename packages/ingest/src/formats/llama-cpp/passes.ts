/** Forward passes in a CSV of activations: layers ascend inside a pass, and each has as many lines. */
import { ContentFault } from "../../fault/content-fault.ts"
import { linesOf } from "../../codecs/json-lines/lines.ts"
import { maxHeldBytes } from "../../codecs/bytes/read-bounded.ts"
import { GrowingIds } from "../../codecs/bytes/growing-ids.ts"

/** One pass of some tokens through all layers. */
export interface Pass {
  /** Layer numbers, ascending. */
  readonly layers: ReadonlyArray<number>
  /** Tokens times top-k. */
  readonly idsPerLayer: number
  /** `[layer][token][k]`. */
  readonly ids: Int32Array
  /** Line of the first activation. */
  readonly line: number
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

class Collected {
  readonly layers: Array<number> = []
  readonly ids = new GrowingIds()
  idsPerLayer = -1
  line = 0
  private layerStart = 0

  /** The layer that lines are of, -1 before the first. */
  get layer(): number {
    return this.layers.at(-1) ?? -1
  }

  /** All layers of a pass have the same tokens; called when a layer is over. */
  closeLayer(line: number, at: number): void {
    if (this.layers.length === 0) return
    const ids = this.ids.length - this.layerStart
    if (this.idsPerLayer < 0) this.idsPerLayer = ids
    if (ids !== this.idsPerLayer)
      throw new ContentFault(
        "Ragged",
        `line ${line}, byte ${at}, layer ${this.layer}`,
        `${ids} activations where layer ${this.layers[0]} of the same pass has ${this.idsPerLayer}`
      )
    this.layerStart = this.ids.length
  }

  pass(): Pass {
    return { layers: this.layers, idsPerLayer: this.idsPerLayer, ids: this.ids.view(), line: this.line }
  }
}

/** Yields the passes of a file; a layer that is not above the one before starts the next. Throws `ContentFault`. */
export function* passesOf(file: string): Generator<Pass, undefined> {
  let collected = new Collected()
  let [end, lines] = [0, 0]
  for (const { number, at, bytes, ended } of linesOf(file, maxHeldBytes)) {
    if (bytes.length > maxLineBytes)
      throw new ContentFault("Malformed", `line ${number}, byte ${at}`, `a line of ${bytes.length} bytes`)
    // A number that lost its last digits is still a number: only the line feed shows that it is whole.
    if (!ended)
      throw new ContentFault("Truncated", `line ${number}, byte ${at}`, "the last line does not end in a line feed")
    const text = String.fromCharCode(...bytes).replace(/\r$/, "")
    end = at + bytes.length
    lines = number
    if (number === 1 && text === header) continue
    const [layer, expert] = activation(text, number, at)
    if (layer !== collected.layer) {
      collected.closeLayer(number, at)
      if (layer < collected.layer) {
        yield collected.pass()
        collected = new Collected()
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
  if (collected.layers.length === 0) throw new ContentFault("Truncated", "byte 0", "the file holds no activation")
  collected.closeLayer(lines, end)
  yield collected.pass()
}
