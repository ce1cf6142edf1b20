/**
 * Interprets the few pickle opcodes that torch.save and NumPy write (protocols 2 to 5) into plain data. Nothing is imported,
 * called or evaluated: a global is a word that `torch-values.ts` understands. Everything else is refused by name.
 * Opcodes: CPython Lib/pickletools.py.
 */
import { ContentFault } from "../../fault/content-fault.ts"
import { pickleLimits, type Refuse } from "./limits.ts"
import { checkNesting } from "./nesting.ts"
import { opcodeNames } from "./opcode-names.ts"
import { numpyBuild } from "./numpy-values.ts"
import { Bytes, type Plain, Tuple } from "./plain.ts"
import { knownGlobal, madeBy, shown, storageOf } from "./torch-values.ts"

class Machine {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #member: string
  #at = 0
  /** Where the opcode being done starts, for messages. */
  #op = 0
  #stack: Array<Plain> = []
  readonly #marks: Array<number> = []
  readonly #memo = new Map<number, Plain>()
  #containers = 0
  #items = 0
  #text = 0

  constructor(bytes: Uint8Array, member: string) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#member = member
  }

  refuse(what: string, reason: "Malformed" | "Truncated" = "Malformed", hint?: string): never {
    throw new ContentFault(reason, `${this.#member}, byte ${this.#op}`, what, hint)
  }

  readonly #refuse: Refuse = (what, hint) => this.refuse(what, "Malformed", hint)

  #take(length: number): number {
    const at = this.#at
    if (length > this.#bytes.length - at) this.refuse("the pickle ends inside an opcode", "Truncated")
    this.#at = at + length
    return at
  }

  #uint8 = () => this.#bytes[this.#take(1)]!
  #uint32 = () => this.#view.getUint32(this.#take(4), true)
  #uint64(): number {
    const value = Number(this.#view.getBigUint64(this.#take(8), true))
    return value
  }

  #push(value: Plain): void {
    if (this.#stack.length >= pickleLimits.stack) this.refuse("more values on the stack than a recording needs")
    this.#stack.push(value)
  }

  #made<A extends Plain>(container: A): A {
    if (++this.#containers > pickleLimits.containers) this.refuse("more lists, tuples and dicts than a recording needs")
    return container
  }

  /** Values above the last mark must not be taken by opcodes that know of none. */
  #floor = () => this.#marks.at(-1) ?? 0

  #pop(): Plain {
    if (this.#stack.length <= this.#floor()) this.refuse("takes a value from an empty stack")
    return this.#stack.pop()!
  }

  #popToMark(): Array<Plain> {
    const mark = this.#marks.pop()
    if (mark === undefined) this.refuse("takes values above a mark that is not there")
    return this.#stack.splice(mark)
  }

  #top(): Plain {
    if (this.#stack.length <= this.#floor()) this.refuse("looks at an empty stack")
    return this.#stack.at(-1)!
  }

  #string(length: number): string {
    const at = this.#take(length)
    if ((this.#text += length) > pickleLimits.text) this.refuse("more text than a recording needs")
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.#bytes.subarray(at, at + length))
    } catch {
      return this.refuse("text that is not UTF-8")
    }
  }

  /** Bytes as they stand; a view, since they are as many as the pickle has. */
  #bytesOf(length: number): Bytes {
    const at = this.#take(length)
    return new Bytes(this.#bytes.subarray(at, at + length))
  }

  #line(): string {
    const end = this.#bytes.indexOf(10, this.#at)
    if (end < 0 || end - this.#at > 256) this.refuse("a name without an end", end < 0 ? "Truncated" : "Malformed")
    const text = this.#string(end - this.#at)
    this.#at++
    return text
  }

  /** A whole number; beyond 2^53, where a trainer's ids and seeds may lie, its digits as text, so that none is taken for another. */
  #long(length: number): number | string {
    if (length > 32) this.refuse(`a whole number of ${length} bytes`)
    const at = this.#take(length)
    let value = 0n
    for (let i = 0; i < length; i++) value |= BigInt(this.#bytes[at + i]!) << BigInt(8 * i)
    const whole = BigInt.asIntN(8 * length, value)
    const number = Number(whole)
    return Number.isSafeInteger(number) ? number : String(whole)
  }

  #append(items: ReadonlyArray<Plain>): void {
    const list = this.#top()
    if (!Array.isArray(list)) return this.refuse("appends to what is no list")
    if ((this.#items += items.length) > pickleLimits.items) this.refuse("longer lists than a recording needs")
    for (const item of items) list.push(item)
  }

  #setItems(pairs: ReadonlyArray<Plain>): void {
    const dict = this.#top()
    if (!(dict instanceof Map)) return this.refuse("sets an item of what is no dict")
    if (pairs.length % 2 === 1) this.refuse("sets a key without a value")
    if ((this.#items += pairs.length) > pickleLimits.items) this.refuse("larger dicts than a recording needs")
    for (let i = 0; i < pairs.length; i += 2) {
      const key = pairs[i]!
      if (typeof key !== "string" && typeof key !== "number")
        return this.refuse("a key that is neither text nor number")
      if (dict.has(key)) this.refuse(`key ${shown(String(key))} comes twice`)
      dict.set(key, pairs[i + 1]!)
    }
  }

  #memoize(index: number): void {
    if (this.#memo.size >= pickleLimits.containers) this.refuse("a larger memo than a recording needs")
    this.#memo.set(index, this.#top())
  }

  #recall(index: number): Plain {
    const value = this.#memo.get(index)
    return value === undefined ? this.refuse(`asks for memo ${index}, which was not written`) : value
  }

  #reduce(): Plain {
    const args = this.#pop()
    const callee = this.#pop()
    return this.#made(madeBy(callee, args, this.#refuse))
  }

  /** Where the pickle ended. */
  get end(): number {
    return this.#at
  }

  /** Runs to STOP and gives the one value left. */
  run(): Plain {
    if (this.#bytes[0] !== 0x80) this.refuse("does not start as a pickle of protocol 2 to 5")
    let memoized = 0
    for (;;) {
      this.#op = this.#at
      if (this.#at >= this.#bytes.length) this.refuse("the pickle ends without its end mark", "Truncated")
      const opcode = this.#bytes[this.#at++]!
      switch (opcode) {
        case 0x80: {
          const protocol = this.#uint8()
          if (this.#op !== 0 || protocol < 2 || protocol > 5)
            this.refuse(`protocol ${protocol}, or its mark inside the pickle`)
          break
        }
        case 0x95:
          if (this.#uint64() > this.#bytes.length - this.#at) this.refuse("a frame longer than the pickle", "Truncated")
          break
        case 0x28:
          if (this.#marks.length >= pickleLimits.stack) this.refuse("more marks than a recording needs")
          this.#marks.push(this.#stack.length)
          break
        case 0x4e:
          this.#push(null)
          break
        case 0x88:
          this.#push(true)
          break
        case 0x89:
          this.#push(false)
          break
        case 0x4a:
          this.#push(this.#view.getInt32(this.#take(4), true))
          break
        case 0x4b:
          this.#push(this.#uint8())
          break
        case 0x4d:
          this.#push(this.#view.getUint16(this.#take(2), true))
          break
        case 0x8a:
          this.#push(this.#long(this.#uint8()))
          break
        case 0x8b:
          this.#push(this.#long(this.#uint32()))
          break
        case 0x47:
          this.#push(this.#view.getFloat64(this.#take(8), false))
          break
        case 0x58:
          this.#push(this.#string(this.#uint32()))
          break
        case 0x8c:
          this.#push(this.#string(this.#uint8()))
          break
        case 0x8d:
          this.#push(this.#string(this.#uint64()))
          break
        case 0x42:
          this.#push(this.#made(this.#bytesOf(this.#uint32())))
          break
        case 0x43:
          this.#push(this.#made(this.#bytesOf(this.#uint8())))
          break
        case 0x8e:
        case 0x96:
          this.#push(this.#made(this.#bytesOf(this.#uint64())))
          break
        case 0x62: {
          const state = this.#pop()
          numpyBuild(this.#top(), state, this.#refuse)
          break
        }
        case 0x5d:
          this.#push(this.#made<Plain>([]))
          break
        case 0x7d:
          this.#push(this.#made<Plain>(new Map()))
          break
        case 0x29:
          this.#push(this.#made(new Tuple([])))
          break
        case 0x85:
        case 0x86:
        case 0x87: {
          const items = Array.from({ length: opcode - 0x84 }, () => this.#pop()).toReversed()
          this.#push(this.#made(new Tuple(items)))
          break
        }
        case 0x74: {
          const items = this.#popToMark()
          if ((this.#items += items.length) > pickleLimits.items) this.refuse("longer tuples than a recording needs")
          this.#push(this.#made(new Tuple(items)))
          break
        }
        case 0x61: {
          const item = this.#pop()
          this.#append([item])
          break
        }
        case 0x65:
          this.#append(this.#popToMark())
          break
        case 0x73: {
          const value = this.#pop()
          const key = this.#pop()
          this.#setItems([key, value])
          break
        }
        case 0x75:
          this.#setItems(this.#popToMark())
          break
        case 0x71:
          this.#memoize(this.#uint8())
          break
        case 0x72:
          this.#memoize(this.#uint32())
          break
        case 0x94:
          this.#memoize(memoized++)
          break
        case 0x68:
          this.#push(this.#recall(this.#uint8()))
          break
        case 0x6a:
          this.#push(this.#recall(this.#uint32()))
          break
        case 0x63:
          this.#push(knownGlobal(this.#line(), this.#line(), this.#refuse))
          break
        case 0x93: {
          const name = this.#pop()
          const module = this.#pop()
          if (typeof name !== "string" || typeof module !== "string") this.refuse("a global whose name is no text")
          this.#push(knownGlobal(module, name, this.#refuse))
          break
        }
        case 0x51:
          this.#push(this.#made<Plain>(storageOf(this.#pop(), this.#refuse)))
          break
        case 0x52:
          this.#push(this.#reduce())
          break
        case 0x2e: {
          const value = this.#pop()
          if (this.#stack.length > 0 || this.#marks.length > 0) this.refuse("leaves more than one value")
          return value
        }
        default:
          this.refuse(
            `opcode ${opcodeNames.get(opcode) ?? `0x${opcode.toString(16).padStart(2, "0")}`} is not among those that torch.save needs; nothing was run`
          )
      }
    }
  }
}

/** The value of the pickle that `bytes` begin with, and where it ends; `member` names it in messages. Throws `ContentFault`. */
export const unpickleFirst = (bytes: Uint8Array, member: string): { readonly value: Plain; readonly end: number } => {
  const machine = new Machine(bytes, member)
  const value = machine.run()
  checkNesting(value, (what) => machine.refuse(what))
  return { value, end: machine.end }
}

/** The value of a pickle that is all of `bytes`. Throws `ContentFault`. */
export const unpickle = (bytes: Uint8Array, member: string): Plain => {
  const { value, end } = unpickleFirst(bytes, member)
  if (end !== bytes.length)
    throw new ContentFault("Malformed", `${member}, byte ${end - 1}`, "is followed by bytes that belong to nothing")
  return value
}
