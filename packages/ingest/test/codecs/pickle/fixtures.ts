/** The committed .pt files and the values that make-pt.py put into them. */
import * as fs from "node:fs"

const folder = new URL("../../fixtures/pt/", import.meta.url)

export const pt = (name: string): Uint8Array => new Uint8Array(fs.readFileSync(new URL(`${name}.pt`, folder)))

export interface TokenRecord {
  readonly pass: number
  readonly mode: number
  readonly lengths: ReadonlyArray<number> | null
  readonly positions: ReadonlyArray<number>
  /** `[layer][token][column]`, physical. */
  readonly ids: ReadonlyArray<ReadonlyArray<ReadonlyArray<number>>>
}

type Counts = ReadonlyArray<ReadonlyArray<ReadonlyArray<number>>>

interface Expected {
  readonly tensors: Readonly<Record<string, ReadonlyArray<number>>>
  readonly stat0: Counts
  readonly stat1: Counts
  readonly "stat-alone": Counts
  /** `[layer][slot]`. */
  readonly map: ReadonlyArray<ReadonlyArray<number>>
  readonly tokens0: ReadonlyArray<TokenRecord>
  readonly tokens1: ReadonlyArray<TokenRecord>
  readonly bare: TokenRecord["ids"]
  readonly passes0: ReadonlyArray<{ readonly pass: number; readonly counts: ReadonlyArray<ReadonlyArray<number>> }>
  readonly passes1: Expected["passes0"]
}

export const expected: Expected = JSON.parse(fs.readFileSync(new URL("expected.json", folder), "utf8"))
