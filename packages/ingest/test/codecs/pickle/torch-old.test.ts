/** Files of torch.save's old format: read as today's, and refused with a place where they do not hold together. */
import { assert, it } from "@effect/vitest"
import { random } from "@moira/core"
import { ContentFault } from "../../../src/fault/content-fault.ts"
import { bytesInMemory } from "../../../src/codecs/bytes/byte-source.ts"
import { type PlainDict, Tensor } from "../../../src/codecs/pickle/plain.ts"
import { openTorch, torchSample } from "../../../src/codecs/pickle/torch-file.ts"
import { mutants, mutate, watch } from "../../mutate.ts"
import { PyTensor, torchOld } from "./write-pickle.ts"

const value = {
  records: [{ forward_pass_id: 3, topk_ids_of_layer: new PyTensor("int32", [2, 3], [1, -1, 3, 4, 5, 6]) }],
  map: new PyTensor("int64", [2, 2], [0, 1, 1, 0])
}
const whole = torchOld(value)

const numbers = (bytes: Uint8Array): ReadonlyArray<ReadonlyArray<number>> => {
  const file = openTorch(bytesInMemory(bytes))
  const root = file.root as PlainDict
  const record = (root.get("records") as ReadonlyArray<PlainDict>)[0]!
  return [record.get("topk_ids_of_layer"), root.get("map")].map((tensor) => [...file.read(tensor as Tensor)])
}

it("is read, and known by its start", () => {
  assert.deepStrictEqual(numbers(whole), [
    [1, -1, 3, 4, 5, 6],
    [0, 1, 1, 0]
  ])
  assert.deepStrictEqual(torchSample(whole, ["records", "logical_count"]), new Set(["records"]))
})

it("a value larger than the first piece that is read is taken whole", () => {
  const long = { text: "x".repeat(2 ** 21), map: value.map, records: value.records }
  assert.deepStrictEqual(numbers(torchOld(long))[1], [0, 1, 1, 0])
})

it("is refused wherever it is cut, with bytes after its end, and with a storage that says too much", () => {
  const fault = (bytes: Uint8Array): ContentFault => {
    try {
      openTorch(bytesInMemory(bytes))
    } catch (error) {
      if (error instanceof ContentFault) return error
      throw error
    }
    return assert.fail("was accepted")
  }
  for (let cut = 15; cut < whole.length; cut++) assert.match(fault(whole.subarray(0, cut)).place, /byte \d/)
  assert.include(fault(Buffer.concat([whole, Buffer.from([0])])).message, "1 bytes after the last storage")
  const lies = Buffer.from(whole)
  lies.writeBigInt64LE(2n ** 40n, whole.length - 4 * 8 - 8)
  assert.include(fault(lies).message, "ends after the file")
  lies.writeBigInt64LE(-1n, whole.length - 4 * 8 - 8)
  assert.include(fault(lies).message, "ends after the file")
})

it(`${mutants} damaged files give numbers of the same shape or a typed refusal`, () => {
  const { below } = random(43)
  const watched = watch()
  let [accepted, refused] = [0, 0]
  for (let n = 0; n < mutants; n++) {
    const bytes = mutate(whole, below)
    watched.restart()
    try {
      const file = openTorch(bytesInMemory(bytes))
      const visit = (one: unknown): void => {
        if (one instanceof Tensor) assert.strictEqual(file.read(one).length, one.elements)
        else if (Array.isArray(one)) one.forEach(visit)
        else if (one instanceof Map) for (const item of one.values()) visit(item)
      }
      visit(file.root)
      accepted++
    } catch (error) {
      if (!(error instanceof ContentFault)) throw error
      refused++
    }
    watched.check()
  }
  assert.isAbove(accepted, mutants / 50)
  assert.isAbove(refused, mutants / 4)
})
