/** Archives that lie about what they hold. */
import { assert, it } from "@effect/vitest"
import { random } from "@moira/core"
import { ContentFault } from "../../../src/fault/content-fault.ts"
import { FileArchive } from "../../../src/codecs/pickle/archive.ts"
import { bytesInMemory } from "../../../src/codecs/bytes/byte-source.ts"
import { openTorch } from "../../../src/codecs/pickle/torch-file.ts"
import { mutants, mutate, watch } from "../../mutate.ts"
import { pt } from "./fixtures.ts"
import { type Members, unzipFile, zipFile } from "./plain-zip.ts"

const members = (archive: Uint8Array): Members => {
  const opened = new FileArchive(bytesInMemory(archive))
  return [...opened.members.values()].map((member) => [member.name, opened.read(member)] as const)
}

const fault = (run: () => unknown): ContentFault => {
  try {
    run()
  } catch (error) {
    assert.instanceOf(error, ContentFault)
    return error
  }
  return assert.fail("was accepted")
}

const some: Members = [
  ["archive/data.pkl", Buffer.from([0x80, 2, 0x4e, 0x2e])],
  ["archive/data/0", new Uint8Array(1000).fill(7)]
]

it("members are read as they were written, stored and deflated", () => {
  for (const deflate of [false, true]) {
    const found = members(zipFile(some, { deflate }))
    assert.deepStrictEqual(
      found.map(([name, content]) => [name, [...content]]),
      some.map(([name, content]) => [name, [...content]])
    )
  }
})

it("a member that inflates to more than it says is refused, and to less", () => {
  for (const size of [999, 1001, 0, 2 ** 27]) {
    const archive = zipFile(some.slice(1), { deflate: true, size })
    assert.include(fault(() => members(archive)).message, "does not inflate")
  }
})

it("a member that says gigabytes is refused before memory is taken", () => {
  for (const deflate of [false, true]) {
    const archive = zipFile(some.slice(1), { deflate, size: 0xfffffffe })
    assert.include(fault(() => members(archive)).message, "more than the")
  }
})

it("a pickle of 64 MB of zeros in a small archive is refused by size", () => {
  const archive = zipFile([["archive/data.pkl", new Uint8Array(2 ** 26 + 1)]], { deflate: true })
  assert.isBelow(archive.length, 2 ** 18)
  assert.include(fault(() => openTorch(bytesInMemory(archive))).message, "more than the")
})

it("members that overlap, so that they hold more than the archive, are refused", () => {
  const bytes = Buffer.from(
    zipFile([
      ["a", new Uint8Array(5000)],
      ["b", new Uint8Array(5000)],
      ["c", new Uint8Array(1)]
    ])
  )
  const directory = bytes.readUInt32LE(bytes.length - 6)
  // The third member is given the size of the first.
  bytes.writeUInt32LE(9999, directory + 2 * 47 + 20)
  assert.include(fault(() => members(bytes)).message, "runs into")
})

it("two members of one name, encryption and unknown compression are refused", () => {
  assert.include(fault(() => members(zipFile([some[1]!, some[1]!]))).message, "twice")
  const locked = Buffer.from(zipFile(some))
  locked[locked.readUInt32LE(locked.length - 6) + 8]! |= 1
  assert.include(fault(() => members(locked)).message, "encrypted")
  const packed = Buffer.from(zipFile(some))
  packed[packed.readUInt32LE(packed.length - 6) + 10] = 12
  assert.include(fault(() => members(packed)).message, "method 12")
})

it("a million members in an end record are refused before the directory is read", () => {
  const bytes = Buffer.from(zipFile(some))
  bytes.writeUInt16LE(0xfffe, bytes.length - 12)
  assert.include(fault(() => members(bytes)).message, "65534 members")
})

it("zip64 sizes are followed, and refused where they lead nowhere", () => {
  const plain = Buffer.from(zipFile(some))
  const directory = { at: plain.readUInt32LE(plain.length - 6), size: plain.readUInt32LE(plain.length - 10) }
  const record = Buffer.alloc(56)
  record.writeUInt32LE(0x06064b50, 0)
  record.writeBigUInt64LE(44n, 4)
  for (const at of [24, 32]) record.writeBigUInt64LE(2n, at)
  record.writeBigUInt64LE(BigInt(directory.size), 40)
  record.writeBigUInt64LE(BigInt(directory.at), 48)
  const locator = Buffer.alloc(20)
  locator.writeUInt32LE(0x07064b50, 0)
  locator.writeBigUInt64LE(BigInt(plain.length - 22), 8)
  const end = Buffer.from(plain.subarray(-22))
  end.writeUInt32LE(0xffffffff, 16)
  const big = Buffer.concat([plain.subarray(0, -22), record, locator, end])
  assert.deepStrictEqual(
    members(big).map(([name]) => name),
    some.map(([name]) => name)
  )
  big.writeBigUInt64LE(2n ** 63n, big.length - 22 - 12)
  assert.include(fault(() => members(big)).message, "a size of")
})

it(`${mutants} damaged archives are read as they were, or refused`, () => {
  const whole = pt("tokens/rank1")
  const wanted = new Map(unzipFile(whole).map(([name, content]) => [name, Buffer.from(content).toString("base64")]))
  const { below } = random(7)
  const watched = watch()
  let [accepted, refused] = [0, 0]
  for (let n = 0; n < mutants; n++) {
    const bytes = mutate(whole, below)
    watched.restart()
    try {
      for (const [name, content] of members(bytes))
        if (wanted.has(name)) assert.strictEqual(Buffer.from(content).toString("base64"), wanted.get(name))
      accepted++
    } catch (error) {
      if (!(error instanceof ContentFault)) throw error
      refused++
    }
    watched.check()
  }
  assert.isAbove(accepted, 0)
  assert.isAbove(refused, mutants / 2)
})
