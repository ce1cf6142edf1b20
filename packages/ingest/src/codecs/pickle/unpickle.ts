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
import { PickleReader } from "./pickle-reader.ts"
import { type Plain, Tuple } from "./plain.ts"
import { knownGlobal, madeBy, shown, storageOf } from "./torch-values.ts"

class Machine {
  readonly #in: PickleReader
  #stack: Array<Plain> = []
  readonly #marks: Array<number> = []
  readonly #memo = new Map<number, Plain>()
  #containers = 0
  #items = 0

  constructor(bytes: Uint8Array, member: string) {
    this.#in = new PickleReader(bytes, member)
  }

  readonly refuse: Refuse = (what, hint) => this.#in.refuse(what, "Malformed", hint)

  #push(value: Plain): void {
    if (this.#stack.length >= pickleLimits.stack) this.#in.refuse("more values on the stack than a recording needs")
    this.#stack.push(value)
  }

  #made<A extends Plain>(container: A): A {
    if (++this.#containers > pickleLimits.containers)
      this.#in.refuse("more lists, tuples and dicts than a recording needs")
    return container
  }

  /** Values above the last mark must not be taken by opcodes that know of none. */
  #floor = () => this.#marks.at(-1) ?? 0

  #pop(): Plain {
    if (this.#stack.length <= this.#floor()) this.#in.refuse("takes a value from an empty stack")
    return this.#stack.pop()!
  }

  #popToMark(): Array<Plain> {
    const mark = this.#marks.pop()
    if (mark === undefined) this.#in.refuse("takes values above a mark that is not there")
    return this.#stack.splice(mark)
  }

  #top(): Plain {
    if (this.#stack.length <= this.#floor()) this.#in.refuse("looks at an empty stack")
    return this.#stack.at(-1)!
  }

  #append(items: ReadonlyArray<Plain>): void {
    const list = this.#top()
    if (!Array.isArray(list)) return this.#in.refuse("appends to what is no list")
    if ((this.#items += items.length) > pickleLimits.items) this.#in.refuse("longer lists than a recording needs")
    for (const item of items) list.push(item)
  }

  #setItems(pairs: ReadonlyArray<Plain>): void {
    const dict = this.#top()
    if (!(dict instanceof Map)) return this.#in.refuse("sets an item of what is no dict")
    if (pairs.length % 2 === 1) this.#in.refuse("sets a key without a value")
    if ((this.#items += pairs.length) > pickleLimits.items) this.#in.refuse("larger dicts than a recording needs")
    for (let i = 0; i < pairs.length; i += 2) {
      const key = pairs[i]!
      if (typeof key !== "string" && typeof key !== "number")
        return this.#in.refuse("a key that is neither text nor number")
      if (dict.has(key)) this.#in.refuse(`key ${shown(String(key))} comes twice`)
      dict.set(key, pairs[i + 1]!)
    }
  }

  #memoize(index: number): void {
    if (this.#memo.size >= pickleLimits.containers) this.#in.refuse("a larger memo than a recording needs")
    this.#memo.set(index, this.#top())
  }

  #recall(index: number): Plain {
    const value = this.#memo.get(index)
    return value === undefined ? this.#in.refuse(`asks for memo ${index}, which was not written`) : value
  }

  #reduce(): Plain {
    const args = this.#pop()
    const callee = this.#pop()
    return this.#made(madeBy(callee, args, this.refuse))
  }

  /** Where the pickle ended. */
  get end(): number {
    return this.#in.at
  }

  /** Runs to STOP and gives the one value left. */
  run(): Plain {
    if (this.#in.bytes[0] !== 0x80) this.#in.refuse("does not start as a pickle of protocol 2 to 5")
    let memoized = 0
    for (;;) {
      this.#in.op = this.#in.at
      if (this.#in.at >= this.#in.bytes.length) this.#in.refuse("the pickle ends without its end mark", "Truncated")
      const opcode = this.#in.bytes[this.#in.at++]!
      switch (opcode) {
        case 0x80: {
          const protocol = this.#in.uint8()
          if (this.#in.op !== 0 || protocol < 2 || protocol > 5)
            this.#in.refuse(`protocol ${protocol}, or its mark inside the pickle`)
          break
        }
        case 0x95:
          if (this.#in.uint64() > this.#in.bytes.length - this.#in.at)
            this.#in.refuse("a frame longer than the pickle", "Truncated")
          break
        case 0x28:
          if (this.#marks.length >= pickleLimits.stack) this.#in.refuse("more marks than a recording needs")
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
          this.#push(this.#in.int32())
          break
        case 0x4b:
          this.#push(this.#in.uint8())
          break
        case 0x4d:
          this.#push(this.#in.uint16())
          break
        case 0x8a:
          this.#push(this.#in.long(this.#in.uint8()))
          break
        case 0x8b:
          this.#push(this.#in.long(this.#in.uint32()))
          break
        case 0x47:
          this.#push(this.#in.float64())
          break
        case 0x58:
          this.#push(this.#in.text(this.#in.uint32()))
          break
        case 0x8c:
          this.#push(this.#in.text(this.#in.uint8()))
          break
        case 0x8d:
          this.#push(this.#in.text(this.#in.uint64()))
          break
        case 0x42:
          this.#push(this.#made(this.#in.raw(this.#in.uint32())))
          break
        case 0x43:
          this.#push(this.#made(this.#in.raw(this.#in.uint8())))
          break
        case 0x8e:
        case 0x96:
          this.#push(this.#made(this.#in.raw(this.#in.uint64())))
          break
        case 0x62: {
          const state = this.#pop()
          numpyBuild(this.#top(), state, this.refuse)
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
          if ((this.#items += items.length) > pickleLimits.items)
            this.#in.refuse("longer tuples than a recording needs")
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
          this.#memoize(this.#in.uint8())
          break
        case 0x72:
          this.#memoize(this.#in.uint32())
          break
        case 0x94:
          this.#memoize(memoized++)
          break
        case 0x68:
          this.#push(this.#recall(this.#in.uint8()))
          break
        case 0x6a:
          this.#push(this.#recall(this.#in.uint32()))
          break
        case 0x63:
          this.#push(knownGlobal(this.#in.line(), this.#in.line(), this.refuse))
          break
        case 0x93: {
          const name = this.#pop()
          const module = this.#pop()
          if (typeof name !== "string" || typeof module !== "string") this.#in.refuse("a global whose name is no text")
          this.#push(knownGlobal(module, name, this.refuse))
          break
        }
        case 0x51:
          this.#push(this.#made<Plain>(storageOf(this.#pop(), this.refuse)))
          break
        case 0x52:
          this.#push(this.#reduce())
          break
        case 0x2e: {
          const value = this.#pop()
          if (this.#stack.length > 0 || this.#marks.length > 0) this.#in.refuse("leaves more than one value")
          return value
        }
        default:
          this.#in.refuse(
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
  checkNesting(value, machine.refuse)
  return { value, end: machine.end }
}

/** The value of a pickle that is all of `bytes`. Throws `ContentFault`. */
export const unpickle = (bytes: Uint8Array, member: string): Plain => {
  const { value, end } = unpickleFirst(bytes, member)
  if (end !== bytes.length)
    throw new ContentFault("Malformed", `${member}, byte ${end - 1}`, "is followed by bytes that belong to nothing")
  return value
}
