/** Tensors and plain data of files that torch.save's layout holds. */
import { assert, it } from "@effect/vitest"
import { ContentFault } from "../../../src/fault/content-fault.ts"
import { bytesInMemory } from "../../../src/codecs/bytes/byte-source.ts"
import { type Plain, Tensor, Tuple } from "../../../src/codecs/pickle/plain.ts"
import { openTorch, type TorchFile } from "../../../src/codecs/pickle/torch-file.ts"
import { expected, pt } from "./fixtures.ts"

const open = (name: string): TorchFile => openTorch(bytesInMemory(pt(name)))

const dictOf = ({ root }: TorchFile): Map<string | number, Plain> => {
  assert.instanceOf(root, Map)
  return root
}

for (const name of ["tensors", "tensors-protocol4", "tensors-deflated"]) {
  it(`${name}: every element type, stride and offset`, () => {
    const file = open(name)
    const dict = dictOf(file)
    for (const [key, values] of Object.entries(expected.tensors)) {
      const tensor = dict.get(key)
      assert.instanceOf(tensor, Tensor)
      assert.deepStrictEqual([...file.read(tensor)], values, key)
    }
    const shapes = ["transposed", "scalar", "empty"].map((key) => (dict.get(key) as Tensor).shape)
    assert.deepStrictEqual(shapes, [[6, 4], [], [0, 3]])
  })

  it(`${name}: plain values`, () => {
    const tuple = (...items: ReadonlyArray<Plain>) => new Tuple(items)
    const inner = new Map<string | number, Plain>([
      ["a", 1],
      [2, []]
    ])
    assert.deepStrictEqual(dictOf(open(name)).get("plain"), [
      null,
      true,
      false,
      -1,
      300,
      70_000,
      -(2 ** 40),
      2.5,
      "text 中",
      tuple(1),
      tuple(1, 2),
      tuple(),
      tuple(1, 2, 3, 4),
      inner
    ])
  })
}

it("a flipped bit of any storage is found by its checksum", () => {
  const bytes = pt("stat-alone")
  const at = Buffer.from(bytes).indexOf("archive/data/0") + "archive/data/0".length + 3
  bytes[at]! ^= 4
  const file = openTorch(bytesInMemory(bytes))
  assert.throws(() => file.read(dictOf(file).get("logical_count") as Tensor), ContentFault, "checksum")
})
