/** Arrays of NumPy inside pickles, as NumPy 2.4 writes them by each protocol, and what they may not do. */
import { assert, it } from "@effect/vitest"
import { ContentFault } from "../../../src/fault/content-fault.ts"
import { bytesInMemory } from "../../../src/codecs/bytes/byte-source.ts"
import { NumpyArray, type PlainDict, Tensor } from "../../../src/codecs/pickle/plain.ts"
import { openTorch } from "../../../src/codecs/pickle/torch-file.ts"
import { unpickle } from "../../../src/codecs/pickle/unpickle.ts"
import { pickle, PyArray, PyObjects, PyTensor, torchOld, torchZip } from "./write-pickle.ts"

/** `pickle.dumps` of one dict by NumPy itself: arrays of many types and orders, two numbers, objects, a view. */
const byNumpy: Readonly<Record<string, string>> = {
  "2": "gAJ9cQAoWAIAAAB1MXEBY251bXB5Ll9jb3JlLm11bHRpYXJyYXkKX3JlY29uc3RydWN0CnECY251bXB5Cm5kYXJyYXkKcQNLAIVxBGNfY29kZWNzCmVuY29kZQpxBVgBAAAAYnEGWAYAAABsYXRpbjFxB4ZxCFJxCYdxClJxCyhLAUsCSwOGcQxjbnVtcHkKZHR5cGUKcQ1YAgAAAHUxcQ6JiIdxD1JxEChLA1gBAAAAfHERTk5OSv////9K/////0sAdHESYoloBVgGAAAAAAECAwQFcRNoB4ZxFFJxFXRxFmJYAgAAAGkycRdoAmgDSwCFcRhoCYdxGVJxGihLAUsChXEbaA1YAgAAAGkycRyJiIdxHVJxHihLA1gBAAAAPHEfTk5OSv////9K/////0sAdHEgYoloBVgGAAAAw7/DvywBcSFoB4ZxIlJxI3RxJGJYAQAAAGZxJWgCaANLAIVxJmgJh3EnUnEoKEsBSwJLA4ZxKWgNWAIAAABpNHEqiYiHcStScSwoSwNoH05OTkr/////Sv////9LAHRxLWKIaAVYGAAAAAAAAAADAAAAAQAAAAQAAAACAAAABQAAAHEuaAeGcS9ScTB0cTFiWAIAAABmOHEyaAJoA0sAhXEzaAmHcTRScTUoSwFLAoVxNmgNWAIAAABmOHE3iYiHcThScTkoSwNoH05OTkr/////Sv////9LAHRxOmKJaAVYEwAAAAAAAAAAAMOgPwAAAAAAAMO0wr9xO2gHhnE8UnE9dHE+YlgCAAAAdThxP2gCaANLAIVxQGgJh3FBUnFCKEsBSwGFcUNoDVgCAAAAdThxRImIh3FFUnFGKEsDaB9OTk5K/////0r/////SwB0cUdiiWgFWAgAAAAAAAAAAAEAAHFIaAeGcUlScUp0cUtiWAEAAABicUxoAmgDSwCFcU1oCYdxTlJxTyhLAUsChXFQaA1YAgAAAGIxcVGJiIdxUlJxUyhLA2gRTk5OSv////9K/////0sAdHFUYoloBVgCAAAAAQBxVWgHhnFWUnFXdHFYYlgCAAAAZjJxWWgCaANLAIVxWmgJh3FbUnFcKEsBSwGFcV1oDVgCAAAAZjJxXomIh3FfUnFgKEsDaB9OTk5K/////0r/////SwB0cWFiiWgFWAIAAAAAPnFiaAeGcWNScWR0cWViWAQAAABub25lcWZoAmgDSwCFcWdoCYdxaFJxaShLAUsASwOGcWpoDVgCAAAAaThxa4mIh3FsUnFtKEsDaB9OTk5K/////0r/////SwB0cW5iiWNfX2J1aWx0aW5fXwpieXRlcwpxbylScXB0cXFiWAEAAABucXJjbnVtcHkuX2NvcmUubXVsdGlhcnJheQpzY2FsYXIKcXNobWgFWAgAAAAHAAAAAAAAAHF0aAeGcXVScXaGcXdScXhYAQAAAHhxeWhzaA1YAgAAAGY0cXqJiIdxe1JxfChLA2gfTk5OSv////9K/////0sAdHF9YmgFWAQAAAAAACBAcX5oB4Zxf1JxgIZxgVJxglgBAAAAb3GDaAJoA0sAhXGEaAmHcYVScYYoSwFLAoVxh2gNWAIAAABPOHGIiYiHcYlScYooSwNoEU5OTkr/////Sv////9LP3Rxi2KJXXGMKH1xjVgBAAAAYXGOSwFzXXGPSwJhZXRxkGJYBAAAAHBhcnRxkWgCaANLAIVxkmgJh3GTUnGUKEsBSwNLAoZxlWgsiWgFWBgAAAABAAAAAgAAAAUAAAAGAAAACQAAAAoAAABxlmgHhnGXUnGYdHGZYnUu",
  "3": "gAN9cQAoWAIAAAB1MXEBY251bXB5Ll9jb3JlLm11bHRpYXJyYXkKX3JlY29uc3RydWN0CnECY251bXB5Cm5kYXJyYXkKcQNLAIVxBEMBYnEFh3EGUnEHKEsBSwJLA4ZxCGNudW1weQpkdHlwZQpxCVgCAAAAdTFxComIh3ELUnEMKEsDWAEAAAB8cQ1OTk5K/////0r/////SwB0cQ5iiUMGAAECAwQFcQ90cRBiWAIAAABpMnERaAJoA0sAhXESaAWHcRNScRQoSwFLAoVxFWgJWAIAAABpMnEWiYiHcRdScRgoSwNYAQAAADxxGU5OTkr/////Sv////9LAHRxGmKJQwT//ywBcRt0cRxiWAEAAABmcR1oAmgDSwCFcR5oBYdxH1JxIChLAUsCSwOGcSFoCVgCAAAAaTRxIomIh3EjUnEkKEsDaBlOTk5K/////0r/////SwB0cSViiEMYAAAAAAMAAAABAAAABAAAAAIAAAAFAAAAcSZ0cSdiWAIAAABmOHEoaAJoA0sAhXEpaAWHcSpScSsoSwFLAoVxLGgJWAIAAABmOHEtiYiHcS5ScS8oSwNoGU5OTkr/////Sv////9LAHRxMGKJQxAAAAAAAADgPwAAAAAAAPS/cTF0cTJiWAIAAAB1OHEzaAJoA0sAhXE0aAWHcTVScTYoSwFLAYVxN2gJWAIAAAB1OHE4iYiHcTlScTooSwNoGU5OTkr/////Sv////9LAHRxO2KJQwgAAAAAAAEAAHE8dHE9YlgBAAAAYnE+aAJoA0sAhXE/aAWHcUBScUEoSwFLAoVxQmgJWAIAAABiMXFDiYiHcURScUUoSwNoDU5OTkr/////Sv////9LAHRxRmKJQwIBAHFHdHFIYlgCAAAAZjJxSWgCaANLAIVxSmgFh3FLUnFMKEsBSwGFcU1oCVgCAAAAZjJxTomIh3FPUnFQKEsDaBlOTk5K/////0r/////SwB0cVFiiUMCAD5xUnRxU2JYBAAAAG5vbmVxVGgCaANLAIVxVWgFh3FWUnFXKEsBSwBLA4ZxWGgJWAIAAABpOHFZiYiHcVpScVsoSwNoGU5OTkr/////Sv////9LAHRxXGKJQwBxXXRxXmJYAQAAAG5xX2NudW1weS5fY29yZS5tdWx0aWFycmF5CnNjYWxhcgpxYGhbQwgHAAAAAAAAAHFhhnFiUnFjWAEAAAB4cWRoYGgJWAIAAABmNHFliYiHcWZScWcoSwNoGU5OTkr/////Sv////9LAHRxaGJDBAAAIEBxaYZxalJxa1gBAAAAb3FsaAJoA0sAhXFtaAWHcW5ScW8oSwFLAoVxcGgJWAIAAABPOHFxiYiHcXJScXMoSwNoDU5OTkr/////Sv////9LP3RxdGKJXXF1KH1xdlgBAAAAYXF3SwFzXXF4SwJhZXRxeWJYBAAAAHBhcnRxemgCaANLAIVxe2gFh3F8UnF9KEsBSwNLAoZxfmgkiUMYAQAAAAIAAAAFAAAABgAAAAkAAAAKAAAAcX90cYBidS4=",
  "4": "gASVpAMAAAAAAAB9lCiMAnUxlIwWbnVtcHkuX2NvcmUubXVsdGlhcnJheZSMDF9yZWNvbnN0cnVjdJSTlIwFbnVtcHmUjAduZGFycmF5lJOUSwCFlEMBYpSHlFKUKEsBSwJLA4aUaAWMBWR0eXBllJOUjAJ1MZSJiIeUUpQoSwOMAXyUTk5OSv////9K/////0sAdJRiiUMGAAECAwQFlHSUYowCaTKUaARoB0sAhZRoCYeUUpQoSwFLAoWUaA6MAmkylImIh5RSlChLA4wBPJROTk5K/////0r/////SwB0lGKJQwT//ywBlHSUYowBZpRoBGgHSwCFlGgJh5RSlChLAUsCSwOGlGgOjAJpNJSJiIeUUpQoSwNoHk5OTkr/////Sv////9LAHSUYohDGAAAAAADAAAAAQAAAAQAAAACAAAABQAAAJR0lGKMAmY4lGgEaAdLAIWUaAmHlFKUKEsBSwKFlGgOjAJmOJSJiIeUUpQoSwNoHk5OTkr/////Sv////9LAHSUYolDEAAAAAAAAOA/AAAAAAAA9L+UdJRijAJ1OJRoBGgHSwCFlGgJh5RSlChLAUsBhZRoDowCdTiUiYiHlFKUKEsDaB5OTk5K/////0r/////SwB0lGKJQwgAAAAAAAEAAJR0lGKMAWKUaARoB0sAhZRoCYeUUpQoSwFLAoWUaA6MAmIxlImIh5RSlChLA2gSTk5OSv////9K/////0sAdJRiiUMCAQCUdJRijAJmMpRoBGgHSwCFlGgJh5RSlChLAUsBhZRoDowCZjKUiYiHlFKUKEsDaB5OTk5K/////0r/////SwB0lGKJQwIAPpR0lGKMBG5vbmWUaARoB0sAhZRoCYeUUpQoSwFLAEsDhpRoDowCaTiUiYiHlFKUKEsDaB5OTk5K/////0r/////SwB0lGKJQwCUdJRijAFulGgCjAZzY2FsYXKUk5RoYEMIBwAAAAAAAACUhpRSlIwBeJRoZmgOjAJmNJSJiIeUUpQoSwNoHk5OTkr/////Sv////9LAHSUYkMEAAAgQJSGlFKUjAFvlGgEaAdLAIWUaAmHlFKUKEsBSwKFlGgOjAJPOJSJiIeUUpQoSwNoEk5OTkr/////Sv////9LP3SUYoldlCh9lIwBYZRLAXNdlEsCYWV0lGKMBHBhcnSUaARoB0sAhZRoCYeUUpQoSwFLA0sChpRoKYlDGAEAAAACAAAABQAAAAYAAAAJAAAACgAAAJR0lGJ1Lg==",
  "5": "gAWVpAMAAAAAAAB9lCiMAnUxlIwTbnVtcHkuX2NvcmUubnVtZXJpY5SMC19mcm9tYnVmZmVylJOUKJYGAAAAAAAAAAABAgMEBZSMBW51bXB5lIwFZHR5cGWUk5SMAnUxlImIh5RSlChLA4wBfJROTk5K/////0r/////SwB0lGJLAksDhpSMAUOUdJRSlIwCaTKUaAQolgQAAAAAAAAA//8sAZRoCIwCaTKUiYiHlFKUKEsDjAE8lE5OTkr/////Sv////9LAHSUYksChZRoD3SUUpSMAWaUaAQolhgAAAAAAAAAAAAAAAMAAAABAAAABAAAAAIAAAAFAAAAlGgIjAJpNJSJiIeUUpQoSwNoF05OTkr/////Sv////9LAHSUYksCSwOGlIwBRpR0lFKUjAJmOJRoBCiWEAAAAAAAAAAAAAAAAADgPwAAAAAAAPS/lGgIjAJmOJSJiIeUUpQoSwNoF05OTkr/////Sv////9LAHSUYksChZRoD3SUUpSMAnU4lGgEKJYIAAAAAAAAAAAAAAAAAQAAlGgIjAJ1OJSJiIeUUpQoSwNoF05OTkr/////Sv////9LAHSUYksBhZRoD3SUUpSMAWKUaAQolgIAAAAAAAAAAQCUaAiMAmIxlImIh5RSlChLA2gMTk5OSv////9K/////0sAdJRiSwKFlGgPdJRSlIwCZjKUaAQolgIAAAAAAAAAAD6UaAiMAmYylImIh5RSlChLA2gXTk5OSv////9K/////0sAdJRiSwGFlGgPdJRSlIwEbm9uZZRoBCiWAAAAAAAAAACUaAiMAmk4lImIh5RSlChLA2gXTk5OSv////9K/////0sAdJRiSwBLA4aUaA90lFKUjAFulIwWbnVtcHkuX2NvcmUubXVsdGlhcnJheZSMBnNjYWxhcpSTlGhOQwgHAAAAAAAAAJSGlFKUjAF4lGhWaAiMAmY0lImIh5RSlChLA2gXTk5OSv////9K/////0sAdJRiQwQAACBAlIaUUpSMAW+UaFSMDF9yZWNvbnN0cnVjdJSTlGgGjAduZGFycmF5lJOUSwCFlEMBYpSHlFKUKEsBSwKFlGgIjAJPOJSJiIeUUpQoSwNoDE5OTkr/////Sv////9LP3SUYoldlCh9lIwBYZRLAXNdlEsCYWV0lGKMBHBhcnSUaGRoZksAhZRoaIeUUpQoSwFLA0sChpRoIIlDGAEAAAACAAAABQAAAAYAAAAJAAAACgAAAJR0lGJ1Lg=="
}

const arrays: Readonly<Record<string, readonly [shape: ReadonlyArray<number>, values: ReadonlyArray<number>]>> = {
  u1: [
    [2, 3],
    [0, 1, 2, 3, 4, 5]
  ],
  i2: [[2], [-1, 300]],
  f: [
    [2, 3],
    [0, 1, 2, 3, 4, 5]
  ],
  f8: [[2], [0.5, -1.25]],
  u8: [[1], [2 ** 40]],
  b: [[2], [1, 0]],
  f2: [[1], [1.5]],
  none: [[0, 3], []],
  part: [
    [3, 2],
    [1, 2, 5, 6, 9, 10]
  ]
}

for (const [protocol, text] of Object.entries(byNumpy)) {
  it(`protocol ${protocol}: every type and order`, () => {
    for (const module of ["numpy._core", "numpy.core"]) {
      const bytes = Buffer.from(text, "base64")
      // The name is two bytes of length shorter in protocols 4 and 5, where texts have lengths.
      if (module === "numpy.core" && Number(protocol) > 3) continue
      const value = unpickle(
        Buffer.from(bytes.toString("latin1").replaceAll("numpy._core", module), "latin1"),
        "x"
      ) as PlainDict
      for (const [key, [shape, values]] of Object.entries(arrays)) {
        const array = value.get(key)
        assert.instanceOf(array, NumpyArray)
        assert.deepStrictEqual([array.shape, [...array.numbers()]], [shape, values], key)
      }
      assert.deepStrictEqual([value.get("n"), value.get("x")], [7, 2.5])
      assert.deepStrictEqual((value.get("o") as NumpyArray).items, [new Map([["a", 1]]), [2]])
    }
  })
}

const fault = (bytes: Uint8Array): string => {
  try {
    unpickle(bytes, "x")
  } catch (error) {
    assert.instanceOf(error, ContentFault)
    return error.message
  }
  return assert.fail("was accepted")
}

const whole = (protocol: 2 | 4 | 5) => pickle({ a: new PyArray("<i4", [2, 3], [1, 2, 3, 4, 5, 6]) }, protocol).bytes
const changed = (protocol: 2 | 4 | 5, from: string, to: string): Uint8Array => {
  const text = Buffer.from(whole(protocol)).toString("latin1")
  assert.include(text, from)
  return Buffer.from(text.replace(from, to), "latin1")
}

it("arrays whose parts do not fit are refused", () => {
  for (const protocol of [2, 4, 5] as const) {
    assert.include(fault(changed(protocol, "K\x02K\x03t", "K\x02K\x04t")), "[2, 4] of 4 bytes each in 24 bytes")
    assert.include(fault(changed(protocol, "i4", "V4")), '"V4"')
    assert.include(fault(changed(protocol, "<", ">")), "not little-endian")
    assert.include(fault(changed(protocol, "NNN", "N)N")), "several fields")
  }
  assert.include(fault(changed(2, "numpy\nndarray", "numpy\nmatrixx")), '"numpy.matrixx"')
  assert.include(fault(changed(2, "latin1", "utf-16")), "in a way that NumPy does not")
  assert.include(fault(Buffer.from("\x80\x02cnumpy\ndtype\n.", "latin1")), "outside a tensor")
  assert.include(fault(Buffer.from("\x80\x02}}b.", "latin1")), "BUILD on what is no array")
})

it("an array that never gets content, and one that holds itself, are refused", () => {
  const empty = "cnumpy._core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85C\x01b\x87R"
  assert.include(fault(Buffer.from(`\x80\x03${empty}.`, "latin1")), "never filled")
  const type = "cnumpy\ndtype\nX\x02\0\0\0O8\x89\x88\x87R(K\x03X\x01\0\0\0|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb"
  const loop = Buffer.from(`\x80\x03${empty}q\0(K\x01K\x01\x85${type}\x89]h\0atb.`, "latin1")
  assert.include(fault(loop), "holds itself")
})

it("the writer of these tests writes what is read, in every container", () => {
  const value = {
    array: new PyArray("<u2", [2, 2], [1, 2, 300, 4]),
    objects: new PyObjects([{ a: 1 }, [new PyArray("<f8", [1], [0.5])]]),
    brain: new PyTensor("bfloat16", [2], [1.5, -256]),
    wide: new PyTensor("uint16", [2, 2], [0, 1, 383, 65_535])
  }
  for (const bytes of [torchZip(value), torchZip(value, 4), torchZip(value, 5), torchOld(value)]) {
    const file = openTorch(bytesInMemory(bytes))
    const root = file.root as PlainDict
    assert.deepStrictEqual([...(root.get("array") as NumpyArray).numbers()], [1, 2, 300, 4])
    assert.deepStrictEqual((root.get("objects") as NumpyArray).items![0], new Map([["a", 1]]))
    assert.deepStrictEqual([...file.read(root.get("brain") as Tensor)], [1.5, -256])
    assert.deepStrictEqual([...file.read(root.get("wide") as Tensor)], [0, 1, 383, 65_535])
  }
})
