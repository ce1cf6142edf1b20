/** What a pickle may not do, by opcode. */
import { assert, it } from "@effect/vitest"
import { ContentFault } from "../../../src/fault/content-fault.ts"
import { pickleLimits } from "../../../src/codecs/pickle/limits.ts"
import { unpickle } from "../../../src/codecs/pickle/unpickle.ts"

/** Protocol mark, `body`, end mark; text stands for its bytes. */
const pickle = (...body: ReadonlyArray<string | number | Uint8Array>): Uint8Array =>
  Buffer.concat([
    Buffer.from([0x80, 2]),
    ...body.map((part) => (typeof part === "number" ? Buffer.from([part]) : Buffer.from(part as string, "latin1"))),
    Buffer.from(".")
  ])

const fault = (bytes: Uint8Array): ContentFault => {
  try {
    unpickle(bytes, "data.pkl")
  } catch (error) {
    assert.instanceOf(error, ContentFault)
    return error
  }
  return assert.fail("was accepted")
}

const refused: ReadonlyArray<readonly [name: string, bytes: Uint8Array, place: string, what: string]> = [
  ["os.system", pickle("cos\nsystem\n", "X\x02\0\0\0ls", "\x85R"), "byte 2", '"os.system"'],
  ["builtins.eval by text", pickle("\x8c\x08builtins\x8c\x04eval\x93"), "byte 18", '"builtins.eval"'],
  ["a name that only looks known", pickle("ctorch\nIntStorage \n"), "byte 2", '"torch.IntStorage "'],
  ["BUILD", pickle("}}b"), "byte 4", "BUILD"],
  ["INST", pickle("(ios\nsystem\n"), "byte 3", "INST"],
  ["NEWOBJ", pickle("ccollections\nOrderedDict\n)\x81"), "byte 28", "NEWOBJ"],
  ["an extension", pickle("\x82\x01"), "byte 2", "EXT1"],
  ["an opcode that is none", pickle("\xff"), "byte 2", "0xff"],
  [
    "a storage outside a tensor",
    pickle("(X\x07\0\0\0storagectorch\nIntStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x01tQ"),
    "byte",
    "outside a tensor"
  ],
  ["a name as a value", pickle("ctorch\nIntStorage\n"), "byte", "outside a tensor"],
  ["a call of OrderedDict with arguments", pickle("ccollections\nOrderedDict\n](K\x01e\x85R"), "byte", "does not"],
  ["a call of a storage", pickle("ctorch\nIntStorage\n)R"), "byte 21", "torch.IntStorage"],
  ["a call of a list", pickle("])R"), "byte 4", "no known name"],
  ["a list that holds itself", pickle("]q\0h\0a"), "byte", "holds itself"],
  ["a dict that holds itself through a tuple", pickle("}q\0K\x01h\0\x85s"), "byte", "holds itself"],
  ["a memo that was not written", pickle("h\x05"), "byte 2", "memo 5"],
  ["an empty stack", pickle("a"), "byte 2", "empty stack"],
  ["a value below a mark", pickle("](a"), "byte 4", "empty stack"],
  ["no mark", pickle("t"), "byte 2", "mark"],
  ["two values at the end", pickle("NN"), "byte 4", "more than one value"],
  ["bytes after the end", Buffer.concat([pickle("N"), Buffer.from("N.")]), "byte 3", "followed by bytes"],
  ["a key that is a list", pickle("}]Ns"), "byte", "neither text nor number"],
  ["a key twice", pickle("}K\x01NsK\x01Ns"), "byte", "comes twice"],
  ["a key without a value", pickle("}(K\x01u"), "byte", "without a value"],
  ["an item of a tuple", pickle(")Na"), "byte", "no list"],
  ["a whole number of 200 bytes", pickle("\x8a\xc8", new Uint8Array(200)), "byte 2", "200 bytes"],
  ["a LONG4 of 4 GB", pickle("\x8b\xff\xff\xff\xff"), "byte 2", "4294967295 bytes"],
  ["text of 4 GB", pickle("X\xff\xff\xff\xffx"), "byte 2", "ends inside"],
  ["text that is not UTF-8", pickle("X\x01\0\0\0\xff"), "byte 2", "UTF-8"],
  ["a frame of 2^63", pickle("\x95\0\0\0\0\0\0\0\x80N"), "byte 2", "frame"],
  ["protocol 6", Buffer.from([0x80, 6, 0x4e, 0x2e]), "byte 0", "protocol 6"],
  ["protocol 0", Buffer.from("N."), "byte 0", "protocol 2 to 5"],
  ["no end", Buffer.from([0x80, 2, 0x4e]), "byte 3", "end mark"],
  ["nothing", new Uint8Array(0), "byte 0", "protocol"],
  ["a deep nest", pickle("]".repeat(70), "a".repeat(69)), "byte", "deeper"],
  [
    "shared lists nested without end",
    pickle(
      "]q\0",
      ...Array.from({ length: 80 }, (_, i) => Buffer.from([0x5d, 0x71, i + 1, 0x28, 0x68, i, 0x68, i, 0x65]))
    ),
    "byte",
    "more than one value"
  ]
]

for (const [name, bytes, place, what] of refused) {
  it(`is refused with its place: ${name}`, () => {
    const { place: where, message } = fault(bytes)
    assert.include(where, `data.pkl, ${place}`)
    assert.include(message, what)
  })
}

it("many lists, marks, values and memos stop at their limits", () => {
  const most = pickleLimits
  assert.include(fault(pickle("N".repeat(most.stack + 2))).message, "stack")
  assert.include(fault(pickle("(".repeat(most.stack + 2))).message, "marks")
  assert.include(fault(pickle("]", "}a".repeat(most.containers + 2))).message, "dicts")
  const memos = Buffer.alloc(5 * (most.containers + 2))
  for (let i = 0; i < most.containers + 2; i++) {
    memos[5 * i] = 0x72
    memos.writeUInt32LE(i, 5 * i + 1)
  }
  assert.include(fault(pickle("N", memos)).message, "memo")
})

it("shared values are kept shared, not copied: 2^40 leaves in 400 bytes", () => {
  const doubling = Array.from({ length: 40 }, (_, i) => Buffer.from([0x68, i, 0x68, i, 0x86, 0x71, i + 1]))
  const body = [Buffer.from([0x4e, 0x85, 0x71, 0]), ...doubling]
  // Each step leaves its tuple on the stack; a list takes them all.
  const value = unpickle(pickle("](", ...body, "e"), "data.pkl")
  assert.strictEqual((value as ReadonlyArray<unknown>).length, 41)
})

const tensor = (storageCount: string, offset: string, shape: string, strides: string) =>
  pickle(
    `ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nIntStorage\nX\x01\0\0\x000X\x03\0\0\0cpu${storageCount}tQ${offset}${shape}${strides}\x89ccollections\nOrderedDict\n)RtR`
  )

const tensors: ReadonlyArray<readonly [name: string, bytes: Uint8Array, what: string]> = [
  ["beyond its storage", tensor("K\x06", "K\x01", "K\x02K\x03\x86", "K\x03K\x01\x86"), "beyond the 6 elements"],
  [
    "by strides beyond its storage",
    tensor("K\x06", "K\0", "K\x02K\x03\x86", "K\x04K\x01\x86"),
    "beyond the 6 elements"
  ],
  ["one element a billion times", tensor("K\x01", "K\0", "J\0\xca\x9a\x3b\x85", "K\0\x85"), "repeats"],
  ["of negative size", tensor("K\x06", "K\0", "J\xff\xff\xff\xff\x85", "K\x01\x85"), "no whole numbers"],
  ["with negative offset", tensor("K\x06", "J\xff\xff\xff\xff", "K\x01\x85", "K\x01\x85"), "not built"],
  [
    "of nine dimensions",
    tensor("K\x01", "K\0", `(${"K\x01".repeat(9)}t`, `(${"K\x01".repeat(9)}t`),
    "no whole numbers"
  ],
  ["without stride", tensor("K\x06", "K\0", "K\x06\x85", ")"), "do not pair"]
]

for (const [name, bytes, what] of tensors) {
  it(`a tensor is refused ${name}`, () => {
    assert.include(fault(bytes).message, what)
  })
}

it("a tensor of the same form is taken", () => {
  assert.doesNotThrow(() => unpickle(tensor("K\x06", "K\0", "K\x02K\x03\x86", "K\x03K\x01\x86"), "data.pkl"))
})

it("whole numbers beyond 2^53 keep all their digits, as text", () => {
  assert.strictEqual(unpickle(pickle("\x8a\x07\xff\xff\xff\xff\xff\xff\x1f"), "x"), 2 ** 53 - 1)
  assert.strictEqual(unpickle(pickle("\x8a\x08\x01\0\0\0\0\0\x20\0"), "x"), "9007199254740993")
  assert.strictEqual(unpickle(pickle("\x8a\x10", new Uint8Array(15).fill(0), "\x80"), "x"), `-${2n ** 127n}`)
})
