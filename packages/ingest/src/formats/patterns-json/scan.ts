/**
 * Strict single-pass scanner of patterns-json: bytes in, ids out, no JSON tree in between. Alone it is the plain
 * reference; with a speculation it asks after each prefill row and each step whether what follows looks the same.
 *
 * A file is a list. Element 0 is the prefill: an object from layer number to `null` (dense layer) or rows, one a
 * prompt token. Every later element is one decode token: the same layers in the same order, with exactly one row.
 */
import { Fault, type FaultReason, tokenAt } from "./fault.ts"
import type { PatternShape } from "./shape.ts"
import type { Speculation } from "./speculation.ts"
import type { Workspace } from "./workspace.ts"

/** Where a run of JSON white space ends. The byte after the input must be a zero, so this stops. */
const blankEnd = (bytes: Uint8Array, from: number): number => {
  let at = from
  for (;;) {
    const c = bytes[at]!
    if (c !== 32 && c !== 10 && c !== 13 && c !== 9) return at
    at++
  }
}

const comma = 44
const zero = 48
const colon = 58
const quote = 34
const openList = 91
const closeList = 93
const openObject = 123
const closeObject = 125
const nullText = [110, 117, 108, 108]

/** Thrown where the workspace has no room for another row: scan again after `growIds`. */
export class IdsFull extends Error {}

/**
 * Scans one file at a time; reuse it. After `scan` the ids lie in the workspace's `ids[0]` to `ids[count - 1]` in file
 * order: the prefill of each MoE layer, then decode tokens with one row for each MoE layer; `order` names the file's layers.
 */
export class PatternScanner {
  readonly shape: PatternShape
  private readonly workspace: Workspace
  private readonly speculation: Speculation | undefined
  private ids: Uint16Array
  count = 0
  prefillTokens = 0
  decodeTokens = 0
  /** `[layers]` layer numbers in the order of the file. */
  readonly order: Int32Array
  private bytes: Uint8Array = new Uint8Array(1)
  private end = 0
  private rows = 0
  private layer = -1
  private token = -1
  /** `[experts]` number of the row that an expert was last seen in. */
  private readonly lastRow: Float64Array
  private readonly layerSeen: Uint8Array

  constructor(shape: PatternShape, workspace: Workspace, speculation?: Speculation) {
    this.shape = shape
    this.workspace = workspace
    this.speculation = speculation
    this.ids = workspace.ids
    this.order = new Int32Array(shape.layers)
    this.lastRow = new Float64Array(shape.experts)
    this.layerSeen = new Uint8Array(shape.layers)
  }

  /** Scans the workspace's `bytes[0]` to `bytes[end - 1]`; `bytes[end]` must be a zero. Throws `Fault`. */
  scan(end: number): void {
    const { bytes } = this.workspace
    this.reset(bytes, end)
    if (end === 0) throw this.fault("Truncated", 0, "the file is empty")
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf)
      throw this.fault("Malformed", 0, "the file starts with a byte order mark")
    let at = this.expect(blankEnd(bytes, 0), openList, "a list of steps")
    let before = -1
    for (let element = 0; ; element++) {
      at = this.element(blankEnd(bytes, at), element)
      const alike = this.alikeSteps(before, at)
      if (alike > 0) at = this.speculation!.steps.end
      element += alike
      before = at
      at = blankEnd(bytes, at)
      if (bytes[at] === closeList) break
      at = this.expect(at, comma, "a comma or ]")
    }
    at = blankEnd(bytes, at + 1)
    if (at !== end) throw this.fault("Malformed", at, `${tokenAt(bytes, at, end)} after the end of the list`)
    if (this.prefillTokens + this.decodeTokens === 0) throw this.fault("WrongShape", end, "the file holds no token")
  }

  private reset(bytes: Uint8Array, end: number): void {
    this.bytes = bytes
    this.end = end
    this.count = 0
    this.rows = 0
    this.prefillTokens = -1
    this.decodeTokens = 0
    this.layer = -1
    this.token = -1
    this.lastRow.fill(0)
    this.layerSeen.fill(0)
    this.ids = this.workspace.ids
    this.speculation?.rows.begin()
    this.speculation?.steps.begin()
  }

  /** How many steps after the one between `from` and `at` look like it and were taken. */
  private alikeSteps(from: number, at: number): number {
    const taken = this.speculation?.steps.take(from, at, this.count) ?? 0
    this.decodeTokens += taken
    this.count += taken * this.shape.moeLayers * this.shape.topK
    return taken
  }

  /** How many rows after the one between `from` and `at` look like it and were taken. */
  private alikeRows(from: number, at: number): number {
    const taken = this.speculation?.rows.take(from, at, this.count) ?? 0
    this.count += taken * this.shape.topK
    return taken
  }

  /** One step of the list: the object at `from`. Returns where it ends. */
  private element(from: number, element: number): number {
    const { bytes, shape, order } = this
    let at = this.expect(from, openObject, "an object of layers")
    this.token = element === 0 ? -1 : this.prefillTokens + element - 1
    for (let position = 0; ; position++) {
      at = this.key(blankEnd(bytes, at), element, position)
      at = blankEnd(bytes, this.expect(blankEnd(bytes, at), colon, "a colon"))
      at = this.value(at, element)
      at = blankEnd(bytes, at)
      if (bytes[at] === comma) {
        at++
        continue
      }
      if (bytes[at] !== closeObject) throw this.unexpected(at, "a comma or }")
      if (position + 1 === shape.layers) break
      this.layer = element === 0 ? this.layerSeen.indexOf(0) : order[position + 1]!
      throw this.fault("WrongShape", at, `layer ${this.layer} is missing`)
    }
    if (element > 0) this.decodeTokens++
    this.layer = -1
    this.token = -1
    return at + 1
  }

  /** A quoted layer number; sets `layer`. */
  private key(from: number, element: number, position: number): number {
    const { bytes, shape, order, layerSeen } = this
    this.layer = -1
    let at = this.expect(from, quote, "a layer number in quotes")
    const first = at
    let layer = 0
    for (let d = 0; (d = bytes[at]! - zero) >= 0 && d <= 9; at++) layer = Math.min(layer * 10 + d, 0xffff)
    if (at === this.end) throw this.unexpected(at, "a layer number")
    if (bytes[at] !== quote || at === first || (bytes[first] === zero && at > first + 1))
      throw this.fault("Malformed", from, `${tokenAt(bytes, from, this.end)} is not a layer number in quotes`)
    if (layer >= shape.layers)
      throw this.fault(
        "WrongShape",
        from,
        `no layer ${tokenAt(bytes, first, at)} in ${shape.modelId}, which has 0-${shape.layers - 1}`
      )
    this.layer = layer
    if (element === 0) {
      if (layerSeen[layer] === 1) throw this.fault("WrongShape", from, `layer ${layer} comes twice`)
      layerSeen[layer] = 1
      // What was learned of steps holds for the order it was seen in.
      if (order[position] !== layer) this.speculation?.steps.forget()
      order[position] = layer
    } else if (position >= shape.layers) {
      throw this.fault("WrongShape", from, `layer ${layer} comes twice`)
    } else if (order[position] !== layer) {
      const wanted = `layer ${order[position]} was expected, as in the first element`
      throw this.fault("WrongShape", from, `layer ${layer} where ${wanted}`)
    }
    return at + 1
  }

  /** `null` for a dense layer, rows for an MoE layer. */
  private value(from: number, element: number): number {
    const { bytes, shape } = this
    const dense = shape.moeIndex[this.layer] === -1
    if (bytes[from] === nullText[0]) {
      for (let i = 0; i < nullText.length; i++)
        if (bytes[from + i] !== nullText[i]) throw this.unexpected(from + i, "null")
      if (!dense) throw this.fault("WrongShape", from, `null, but ${shape.modelId} has experts at this layer`)
      return from + nullText.length
    }
    if (bytes[from] !== openList) throw this.unexpected(from, "null or a list of rows")
    if (dense) throw this.fault("WrongShape", from, `rows, but ${shape.modelId} has no experts at this layer`)
    return element === 0 ? this.prefill(from) : this.decode(from)
  }

  /** The rows of a layer's prompt tokens; as many at every layer, possibly none. */
  private prefill(from: number): number {
    const { bytes } = this
    let rows = 0
    let before = -1
    let at = blankEnd(bytes, from + 1)
    while (bytes[at] !== closeList || rows > 0) {
      this.token = rows
      at = this.row(blankEnd(bytes, at))
      const alike = this.alikeRows(before, at)
      if (alike > 0) at = this.speculation!.rows.end
      rows += 1 + alike
      this.token = rows - 1
      before = at
      at = blankEnd(bytes, at)
      if (bytes[at] === closeList) break
      at = this.expect(at, comma, "a comma or ]")
    }
    this.token = -1
    if (this.prefillTokens < 0) this.prefillTokens = rows
    if (rows !== this.prefillTokens)
      throw this.fault("Ragged", from, `${rows} prefill tokens where the layers before have ${this.prefillTokens}`)
    return at + 1
  }

  /** The single row of a layer's decode token. */
  private decode(from: number): number {
    const { bytes } = this
    let at = blankEnd(bytes, from + 1)
    if (bytes[at] === closeList) throw this.fault("WrongShape", from, "no row; a decode step has exactly one")
    at = blankEnd(bytes, this.row(at))
    if (bytes[at] === comma) throw this.fault("WrongShape", from, "more than one row; a decode step has exactly one")
    if (bytes[at] !== closeList) throw this.unexpected(at, "a comma or ]")
    return at + 1
  }

  /** One row of exactly top-k different ids. The hot loop: no allocation, no call that is not inlined. */
  private row(from: number): number {
    const { bytes, ids, lastRow } = this
    const { experts, topK } = this.shape
    let at = this.expect(from, openList, "a row of expert ids")
    const start = this.count
    if (start + topK > ids.length) throw new IdsFull()
    const row = ++this.rows
    let count = start
    for (;;) {
      at = blankEnd(bytes, at)
      const first = at
      let id = bytes[at]! - zero
      if (id < 0 || id > 9) {
        if (bytes[at] === closeList && count === start) break
        throw this.badId(first, at)
      }
      at++
      for (let d = 0; (d = bytes[at]! - zero) >= 0 && d <= 9; at++) {
        id = id * 10 + d
        if (id >= experts) throw this.badId(first, at)
      }
      if (id >= experts || (bytes[first] === zero && at > first + 1)) throw this.badId(first, at)
      if (lastRow[id] === row) throw this.fault("Repeated", first, `expert ${id} comes twice in the row`)
      lastRow[id] = row
      ids[count++] = id
      const after = at
      at = blankEnd(bytes, at)
      if (bytes[at] === comma) {
        at++
        continue
      }
      if (bytes[at] === closeList) break
      throw after === at ? this.badId(first, at) : this.unexpected(at, "a comma or ]")
    }
    this.count = count
    if (count - start !== topK) throw this.badRow(from, count - start, row)
    return at + 1
  }

  private expect(at: number, byte: number, wanted: string): number {
    if (this.bytes[at] !== byte) throw this.unexpected(at, wanted)
    return at + 1
  }

  private fault(reason: FaultReason, byte: number, what: string): Fault {
    return new Fault(reason, { byte, layer: this.layer, token: this.token }, what)
  }

  private unexpected(at: number, wanted: string): Fault {
    if (at >= this.end) return this.fault("Truncated", this.end, `the file ends where ${wanted} was expected`)
    return this.fault("Malformed", at, `${tokenAt(this.bytes, at, this.end)} where ${wanted} was expected`)
  }

  /** `first` is where the id starts, `at` where it went wrong. */
  private badId(first: number, at: number): Fault {
    const { bytes, end } = this
    const { experts } = this.shape
    if (at >= end) return this.unexpected(at, "the rest of a row")
    const text = tokenAt(bytes, first, end)
    if (/^-?[1-9]\d*(?:\.\.\.)?$/.test(text))
      return this.fault("OutOfRange", first, `expert id ${text} is outside 0-${experts - 1}`)
    return this.fault("Malformed", first, `${text} is not an expert id`)
  }

  private badRow(from: number, found: number, row: number): Fault {
    const { topK, modelId } = this.shape
    const what = `a row of ${found} ${found === 1 ? "id" : "ids"} where ${modelId} chooses ${topK}`
    return this.fault(row === 1 ? "WrongShape" : "Ragged", from, what)
  }
}
