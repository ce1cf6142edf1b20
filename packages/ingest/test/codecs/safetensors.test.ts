import { assert, it } from "@effect/vitest"
import { ContentFault } from "../../src/fault/content-fault.ts"
import { readSafetensorsHeader, safetensorsHeaderBytes } from "../../src/codecs/safetensors/safetensors.ts"
import { safetensors } from "../formats/arrays.ts"

const tensor = (name: string, values: ReadonlyArray<number>) => ({
  name,
  dtype: "I32",
  type: "<i4",
  shape: [values.length],
  values
})
const good = safetensors([tensor("b", [1, 2]), tensor("a", [3])])

const read = (bytes: Uint8Array) =>
  readSafetensorsHeader(bytes.subarray(0, 8 + safetensorsHeaderBytes(bytes, bytes.length)), bytes.length)

/** A file with this JSON and this many bytes of data. */
const file = (json: string, data: number): Uint8Array => {
  const header = Buffer.from(json)
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))
  return Uint8Array.from(Buffer.concat([length, header, Buffer.alloc(data)]))
}

it("lists tensors in the order of their bytes", () => {
  const tensors = read(good)
  assert.deepStrictEqual(
    tensors.map(({ name, to, from }) => [name, to - from]),
    [
      ["b", 8],
      ["a", 4]
    ]
  )
  assert.strictEqual(tensors.at(-1)!.to, good.length)
})

it("refuses headers that lie", () => {
  const u8 = (from: number, to: number, shape = `[${to - from}]`) =>
    `{"dtype":"U8","shape":${shape},"data_offsets":[${from},${to}]}`
  const said: ReadonlyArray<readonly [Uint8Array, RegExp]> = [
    [file(`{"a":${u8(0, 4)},"b":${u8(3, 6)}}`, 6), /starts at 3/],
    [file(`{"a":${u8(0, 4)},"b":${u8(5, 6)}}`, 6), /starts at 5/],
    [file(`{"a":${u8(0, 4)}}`, 6), /after the last tensor/],
    [file(`{"a":${u8(0, 8)}}`, 6), /announces/],
    [file(`{"a":${u8(0, 4, "[4294967295,4294967295]")}}`, 4), /takes/],
    [file(`{"a":${u8(0, 4)},"a":${u8(0, 4)}}`, 4), /comes twice/],
    [file('{"a":{"dtype":"X9","shape":[4],"data_offsets":[0,4]}}', 4), /type X9/],
    [file('{"a":{"shape":[4],"data_offsets":[0,4]}}', 4), /lacks/],
    [file(`{"a":${u8(0, 4)}} x`, 4), /the end/],
    [file("[".repeat(1000), 4), /an object/],
    [Uint8Array.from(good, (byte, i) => (i === 7 ? 255 : byte)), /at most/],
    [good.slice(0, 7), /ends inside/]
  ]
  for (const [bytes, what] of said) {
    try {
      read(bytes)
      assert.fail("was accepted")
    } catch (cause) {
      assert.instanceOf(cause, ContentFault, String(cause))
      assert.match(cause.message, what)
    }
  }
})
