/** Damaged pickles: either the value that a plain reader gives, or a typed refusal. */
import { assert, it } from "@effect/vitest"
import { random } from "@moira/core"
import { ContentFault } from "../../../src/fault/content-fault.ts"
import {
  Bytes,
  Global,
  NumpyArray,
  NumpyType,
  type Plain,
  Storage,
  Tensor,
  Tuple
} from "../../../src/codecs/pickle/plain.ts"
import { unpickle } from "../../../src/codecs/pickle/unpickle.ts"
import { storageTypes } from "../../../src/codecs/pickle/dtype.ts"
import { mutants, mutate, watch } from "../../mutate.ts"
import { pt } from "./fixtures.ts"
import { plainUnpickle } from "./plain-unpickle.ts"
import { unzipFile } from "./plain-zip.ts"
import { pickle, PyArray, PyObjects } from "./write-pickle.ts"

/** A value in the plain reader's form; what tensors say of location and hooks is not kept, so not compared. */
const plainForm = (value: Plain): unknown => {
  if (value instanceof Tuple) return { tuple: value.items.map(plainForm) }
  if (Array.isArray(value)) return value.map(plainForm)
  if (value instanceof Map) return { dict: [...value].map(([key, item]) => [key, plainForm(item)]) }
  if (value instanceof Bytes) return { raw: [...value.value] }
  if (value instanceof NumpyType) return { code: value.code, order: value.order ?? "" }
  if (value instanceof NumpyArray) {
    const { shape, fortran, bytes, items } = value
    const content = items === undefined ? { raw: [...bytes!] } : { items: items.map(plainForm) }
    return { array: { code: value.type!.code, shape, fortran, ...content } }
  }
  if (value instanceof Tensor) {
    const { storage, offset, shape, strides } = value
    const type = [...storageTypes].find(([, one]) => one === storage.type)![0]
    return {
      tensor: {
        storage: [type, storage.key, storage.count],
        offset,
        shape: { tuple: shape },
        strides: { tuple: strides }
      }
    }
  }
  assert.isFalse(value instanceof Storage || value instanceof Global, "a storage or name was let out")
  return value
}

/** The plain reader's value with storages in the short form. */
const shortStorages = (value: any): any => {
  if (Array.isArray(value)) return value.map(shortStorages)
  if (typeof value !== "object" || value === null) return value
  if ("scalar" in value) {
    const [code, raw] = value.scalar
    const array = new NumpyArray()
    Object.assign(array, { type: new NumpyType(code, raw.length), bytes: Uint8Array.from(raw) })
    return array.numbers()[0]
  }
  if ("tensor" in value) {
    const [, type, key, , count] = value.tensor.storage.storage.tuple
    return { tensor: { ...value.tensor, storage: [type.global, key, count] } }
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shortStorages(item)]))
}

const arrays = {
  ids: new PyArray(
    "<u2",
    [20, 10],
    Array.from({ length: 200 }, (_, i) => i * 7)
  ),
  turned: new PyArray("|u1", [3, 2], [1, 2, 3, 4, 5, 6], true),
  objects: new PyObjects([{ a: 1 }, [null, new PyArray("<f8", [1], [0.5])]])
}

const seeds = ["tensors", "tensors-protocol4", "tokens/rank0", "stat-alone", "passes/rank0"].map(
  (name) => unzipFile(pt(name))[0]![1]
)
seeds.push(...([2, 4, 5] as const).map((protocol) => pickle(arrays, protocol).bytes))

it("the plain reader agrees on what is whole", () => {
  for (const bytes of seeds)
    assert.deepStrictEqual(plainForm(unpickle(bytes, "x")), shortStorages(plainUnpickle(bytes)))
})

it(`agrees with a plain reader over ${mutants} damaged pickles`, () => {
  const { below } = random(20_261_124)
  const watched = watch()
  let [accepted, refused] = [0, 0]
  for (let n = 0; n < mutants; n++) {
    const bytes = mutate(seeds[n % seeds.length]!, below)
    watched.restart()
    let value: Plain | undefined
    try {
      value = unpickle(bytes, "x")
      accepted++
    } catch (error) {
      if (!(error instanceof ContentFault)) throw error
      assert.match(error.place, /^x, byte \d+$/)
      refused++
    }
    watched.check()
    if (value !== undefined) assert.deepStrictEqual(plainForm(value), shortStorages(plainUnpickle(bytes)))
  }
  assert.isAbove(accepted, mutants / 50)
  assert.isAbove(refused, mutants / 4)
})
