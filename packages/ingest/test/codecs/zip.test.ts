import { assert, it } from "@effect/vitest"
import { ContentFault } from "../../src/fault/content-fault.ts"
import { openNpz } from "../../src/codecs/npy/npz.ts"
import { unzip, zipLimits, zipMembers } from "../../src/codecs/zip/zip.ts"
import { type Member, npy, zip } from "../formats/arrays.ts"

const word = (text: string) => Uint8Array.from(Buffer.from(text))
const one = (name: string, bytes: Uint8Array = word("abc")): Member => ({ name, bytes })

const refusal = (bytes: Uint8Array): ContentFault => {
  try {
    for (const member of zipMembers(bytes).values()) unzip(bytes, member)
  } catch (cause) {
    if (cause instanceof ContentFault) return cause
    throw cause
  }
  throw new Error("was accepted")
}

/** Overwrites 32-bit fields of the directory, counted from its signature. */
const patched = (bytes: Uint8Array, signature: number, fields: Readonly<Record<number, number>>): Uint8Array => {
  const out = Uint8Array.from(bytes)
  const view = new DataView(out.buffer)
  let at = out.length - 4
  while (view.getUint32(at, true) !== signature) at--
  for (const [offset, value] of Object.entries(fields)) view.setUint32(at + Number(offset), value, true)
  return out
}
const central = 0x02014b50

it("unpacks stored and deflated members", () => {
  const bytes = zip([one("a.npy", word("stored")), { ...one("folder/b.npy", word("packed".repeat(50))), stored: true }])
  const members = zipMembers(bytes)
  assert.deepStrictEqual([...members.keys()], ["a.npy", "folder/b.npy"])
  assert.strictEqual(Buffer.from(unzip(bytes, members.get("a.npy")!)).toString(), "stored")
  assert.strictEqual(unzip(bytes, members.get("folder/b.npy")!).length, 300)
})

it("refuses names that are no plain paths", () => {
  for (const name of ["../a.npy", "/a.npy", "a/../../b", "a\\b", "", "a//b", "a b"]) {
    assert.match(refusal(zip([one(name)])).message, /not a plain path/)
  }
})

it("refuses bombs by ratio and by size, before it unpacks", () => {
  const bomb = zip([one("a.npy", new Uint8Array(8 * 2 ** 20))])
  assert.match(refusal(bomb).message, /times its size/)
  const packed = zip([one("a.npy")])
  assert.match(refusal(patched(packed, central, { 24: zipLimits.memberBytes + 1 })).message, /at most/)
  // A member that says it is small, but is not.
  const lying = patched(zip([one("a.npy", new Uint8Array(2 ** 20))]), central, { 24: 100 })
  assert.match(refusal(lying).message, /does not unpack|not 100/)
  assert.isAbove(process.memoryUsage().arrayBuffers, 0)
})

it("refuses archives that contradict themselves", () => {
  const bytes = zip([one("a.npy"), one("b.npy")])
  assert.match(refusal(zip([one("a.npy"), one("a.npy")])).message, /two members/)
  assert.match(refusal(patched(bytes, central, { 42: 0 })).message, /not named b.npy/)
  assert.match(refusal(patched(bytes, central, { 42: 0xfffffff0 })).message, /no member header/)
  assert.match(refusal(patched(bytes, central, { 16: 1 })).message, /checksum/)
  assert.match(refusal(patched(bytes, central, { 20: 0x7fffffff })).message, /runs into the directory/)
  assert.match(refusal(patched(bytes, central, { 8: 0x00080001 })).message, /encrypted/)
  assert.match(refusal(patched(bytes, central, { 8: 0x00630000 })).message, /method 99/)
  assert.match(refusal(patched(bytes, 0x06054b50, { 16: 3 })).message, /directory/)
  assert.match(refusal(patched(bytes, 0x06054b50, { 8: 0x00ff00ff })).message, /directory|member|entry/)
  for (let cut = 0; cut < bytes.length; cut++) refusal(bytes.slice(0, cut))
})

it("opens arrays by name and says which one is damaged", () => {
  const bytes = zip([one("good.npy", npy("|u1", [2], [1, 2])), one("bad.npy"), one("note.txt")])
  const npz = openNpz(bytes)
  assert.deepStrictEqual([...npz.names], ["good", "bad"])
  assert.deepStrictEqual([...npz.array("good").values], [1, 2])
  assert.throws(() => npz.array("none"), /no array none/)
  try {
    npz.array("bad")
    assert.fail("was accepted")
  } catch (cause) {
    assert.instanceOf(cause, ContentFault)
    assert.strictEqual(cause.place, "array bad, byte 0")
  }
})
