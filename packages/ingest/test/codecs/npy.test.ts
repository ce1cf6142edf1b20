import { assert, it } from "@effect/vitest"
import { ContentFault } from "../../src/fault/content-fault.ts"
import { float16 } from "../../src/codecs/npy/float16.ts"
import { readNpy, readNpyHeader } from "../../src/codecs/npy/npy.ts"
import { elements, npy } from "../formats/arrays.ts"
import { slowNpy } from "../fixtures/slow-arrays.ts"

const refusal = (bytes: Uint8Array): ContentFault => {
  try {
    readNpy(bytes)
  } catch (cause) {
    if (cause instanceof ContentFault) return cause
    throw cause
  }
  throw new Error("was accepted")
}

const types = ["|u1", "|i1", "<u2", "<i2", "<u4", "<i4", "<i8", "<u8"]

it("reads every integer type in both orders and all versions as a plain reader does", () => {
  for (const type of types) {
    for (const fortran of [false, true]) {
      for (const version of [1, 2, 3] as const) {
        const bytes = npy(type, [2, 3, 2], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 100], { fortran, version })
        assert.deepStrictEqual([...readNpy(bytes).values], [...slowNpy(bytes)!.values])
      }
    }
  }
})

it("reads from a Node buffer that lies inside a larger one", () => {
  const bytes = npy("<i8", [3], [1, -2, 2 ** 53 - 1])
  const inside = Buffer.concat([Buffer.alloc(3, 9), bytes, Buffer.alloc(5, 9)]).subarray(3, 3 + bytes.length)
  assert.deepStrictEqual([...readNpy(inside).values], [1, -2, 2 ** 53 - 1])
})

it("reads floats, half precision among them", () => {
  assert.deepStrictEqual([...readNpy(npy("<f8", [2], [0.1, -3])).values], [0.1, -3])
  assert.deepStrictEqual([...readNpy(npy("<f4", [2], [0.5, -3])).values], [0.5, -3])
  // Values of IEEE 754-2019, table 3.5 for binary16: one, smallest subnormal, largest, minus two, infinity.
  assert.deepStrictEqual([0x3c00, 0x0001, 0x7bff, 0xc000, 0x7c00].map(float16), [1, 2 ** -24, 65_504, -2, Infinity])
})

it("refuses lying headers before it allocates", () => {
  const good = npy("|u1", [4], [1, 2, 3, 4])
  const huge = "{'descr': '<f8', 'fortran_order': False, 'shape': (4294967295, 65535, 65535), }"
  const said: ReadonlyArray<readonly [Uint8Array, string, string]> = [
    [npy("|u1", [4], [1, 2, 3, 4], { header: huge }), "Malformed", "beyond any file"],
    [npy("|u1", [5], [1, 2, 3, 4]), "Truncated", "ends early"],
    [npy("|u1", [3], [1, 2, 3, 4]), "Malformed", "after the end"],
    [
      npy("|u1", [4], [], { header: "{'descr': '|O', 'fortran_order': False, 'shape': (4,), }" }),
      "WrongShape",
      "type '|O'"
    ],
    [
      npy("|u1", [4], [], { header: "{'descr': '>i4', 'fortran_order': False, 'shape': (1,), }" }),
      "WrongShape",
      "'>i4'"
    ],
    [
      npy("|u1", [4], [], { header: "{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,), }" }),
      "Malformed",
      "dictionary"
    ],
    [npy("|u1", [4], [], { header: "{'descr': '|u1', 'shape': (0,), }" }), "Malformed", "exactly the keys"],
    [
      npy("|u1", [4], [], { header: "{'descr': '|u1', 'fortran_order': False, 'shape': (-1,), }" }),
      "Malformed",
      "dictionary"
    ],
    [npy("|u1", [4], [], { header: `{${" ".repeat(4000)}x` }), "Malformed", "dictionary"],
    [npy("|u1", [4], [], { header: "x".repeat(5000), version: 2 }), "Malformed", "at most 4096"],
    [Uint8Array.from(good, (byte, i) => (i === 6 ? 4 : byte)), "Malformed", "version 4"],
    [good.slice(0, 5), "Truncated", "first bytes"],
    [new Uint8Array(0), "Truncated", "first bytes"],
    [Uint8Array.from(Buffer.from("PK")), "Malformed", "does not start"],
    [npy("<i8", [1], [2 ** 60]), "OutOfRange", "beyond 2^53"]
  ]
  for (const [bytes, reason, what] of said) {
    const fault = refusal(bytes)
    assert.strictEqual(fault.reason, reason, fault.message)
    assert.include(fault.message, what)
  }
})

it("looks at a header whose array is longer than the sample", () => {
  const bytes = npy("<u2", [1000, 2], elements("|u1", Array(2000).fill(1)))
  assert.deepStrictEqual(readNpyHeader(bytes.subarray(0, 200), undefined).shape, [1000, 2])
  assert.throws(() => readNpyHeader(bytes.subarray(0, 200), 200), ContentFault)
})
