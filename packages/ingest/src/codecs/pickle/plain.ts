/** The plain data that a pickle may hold here. Nothing in it can run. */
import type { StorageType } from "./dtype.ts"

/** Python's tuple; a list is an array, a dict a map. */
export class Tuple {
  readonly items: ReadonlyArray<Plain>
  constructor(items: ReadonlyArray<Plain>) {
    this.items = items
  }
}

/** A storage of the archive: `data/KEY`, `count` elements. */
export class Storage {
  readonly type: StorageType
  readonly key: string
  readonly count: number
  constructor(type: StorageType, key: string, count: number) {
    this.type = type
    this.key = key
    this.count = count
  }
}

/** A view of a storage; offset and strides in elements. Shape and strides were checked to stay inside. */
export class Tensor {
  readonly storage: Storage
  readonly offset: number
  readonly shape: ReadonlyArray<number>
  readonly strides: ReadonlyArray<number>
  constructor(storage: Storage, offset: number, shape: ReadonlyArray<number>, strides: ReadonlyArray<number>) {
    this.storage = storage
    this.offset = offset
    this.shape = shape
    this.strides = strides
  }
  get elements(): number {
    return this.shape.reduce((product, size) => product * size, 1)
  }
}

/** One of the few names that a pickle may call by; only a word, never resolved to code. */
export class Global {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** A dictionary with keys of text and numbers. */
export type PlainDict = Map<string | number, Plain>
export type Plain = null | boolean | number | string | Array<Plain> | Tuple | PlainDict | Tensor | Storage | Global
