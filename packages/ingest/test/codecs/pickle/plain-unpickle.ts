/**
 * A plain pickle reader without bounds or places: what each opcode means and nothing else. Gives JSON-like data in which
 * tuples, dicts and tensors are marked; throws on anything that it does not know.
 */

type Value = unknown

const mark = Symbol("mark")

const unknown = (what: string): never => {
  throw new Error(`not plain: ${what}`)
}

const widths: Readonly<Record<string, number>> = { b: 1, i: 1, u: 1, f: 1 }

/** What NumPy's parts mean; a filled array keeps its bytes as numbers. */
const numpy = (name: string, args: ReadonlyArray<any>): Value => {
  if (/^(?:__builtin__|builtins)\.bytes$/.test(name) && args.length === 0) return { raw: [] }
  if (name === "_codecs.encode" && args.length === 2 && args[1] === "latin1")
    return /^[\0-\xff]*$/.test(args[0]) ? { raw: [...Buffer.from(args[0], "latin1")] } : unknown("latin1")
  if (name === "numpy.dtype" && args.length === 3 && typeof args[1] === "boolean" && typeof args[2] === "boolean")
    return { code: /^O[48]?$/.test(args[0]) ? "O" : args[0], order: "" }
  if (/^numpy\._?core\.multiarray\._reconstruct$/.test(name) && args.length === 3 && args[0].global === "numpy.ndarray")
    return { array: undefined }
  if (/^numpy\._?core\.numeric\._frombuffer$/.test(name) && args.length === 4 && "CF".includes(args[3]))
    return { array: filled(args[1], args[2], args[3] === "F", args[0]) }
  if (/^numpy\._?core\.multiarray\.scalar$/.test(name) && args.length === 2) {
    const { raw } = filled(args[0], { tuple: [] }, false, args[1])
    return { scalar: [args[0].code, raw] }
  }
  return unknown("numpy")
}

const filled = (type: any, shape: any, fortran: boolean, content: any): any => {
  if (typeof type?.order !== "string" || type.order === "") return unknown("type")
  const sizes: ReadonlyArray<number> = shape.tuple
  if (sizes.length > 8 || sizes.some((n) => !Number.isSafeInteger(n) || n < 0)) return unknown("shape")
  const count = sizes.reduce((a, b) => a * b, 1)
  if (type.code === "O")
    return Array.isArray(content) && content.length === count
      ? { code: "O", shape: sizes, fortran, items: content }
      : unknown("objects")
  const width = Number(type.code[1]) * widths[type.code[0]]!
  if (!/^(?:b1|[iu][1248]|f[248])$/.test(type.code) || content.raw.length !== count * width) return unknown("bytes")
  if (type.order === ">" && width > 1) return unknown("order")
  return { code: type.code, shape: sizes, fortran, raw: content.raw }
}

const build = (target: any, state: any): void => {
  const items = state.tuple
  if ("code" in target) {
    if (items.length < 8 || target.order !== "" || !["<", ">", "|", "="].includes(items[1])) unknown("state")
    if (items[2] !== null || items[3] !== null || items[4] !== null) unknown("fields")
    target.order = items[1]
    return
  }
  if (items.length !== 5 || typeof items[3] !== "boolean" || target.array !== undefined) unknown("state")
  target.array = filled(items[2], items[1], items[3], items[4])
}

const call = (callee: Value, args: Value): Value => {
  const { global } = callee as { global?: string }
  const { tuple } = args as { tuple?: ReadonlyArray<Value> }
  if (tuple === undefined) return unknown("arguments")
  if (global === "collections.OrderedDict" && tuple.length === 0) return { dict: [] }
  if (global === "torch.Size" && tuple.length === 1) return tuple[0]
  if (global?.startsWith("torch.") !== true) return numpy(global!, tuple)
  if (global !== "torch._utils._rebuild_tensor_v2") return unknown("call")
  const [storage, offset, shape, strides] = tuple
  return { tensor: { storage, offset, shape, strides } }
}

export const plainUnpickle = (bytes: Uint8Array): Value => {
  const b = Buffer.from(bytes)
  const stack: Array<Value> = []
  const memo = new Map<number, Value>()
  let at = 0
  const take = (n: number): Buffer => {
    if (at + n > b.length) unknown("end")
    at += n
    return b.subarray(at - n, at)
  }
  const toMark = (): Array<Value> => {
    const from = stack.lastIndexOf(mark)
    if (from < 0) unknown("mark")
    const items = stack.splice(from)
    return items.slice(1)
  }
  const text = (n: number) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(take(n))
  const line = (): string => {
    const end = b.indexOf(10, at)
    if (end < 0) unknown("line")
    const out = text(end - at)
    at++
    return out
  }
  const global = (module: string, name: string): Value => ({ global: `${module}.${name}` })
  const long = (n: number): number | string => {
    if (n > 32) unknown("length")
    const raw = take(n)
    let value = 0n
    for (let i = n - 1; i >= 0; i--) value = value * 256n + BigInt(raw[i]!)
    const whole = n > 0 && raw[n - 1]! > 127 ? value - (1n << BigInt(8 * n)) : value
    return Number.isSafeInteger(Number(whole)) ? Number(whole) : String(whole)
  }
  const append = (items: ReadonlyArray<Value>): void => {
    const top = stack.at(-1)
    if (!Array.isArray(top)) unknown("list")
    for (const item of items) (top as Array<Value>).push(item)
  }
  const set = (pairs: ReadonlyArray<Value>): void => {
    const dict = (stack.at(-1) as { dict?: Array<Value> } | undefined)?.dict ?? unknown("dict")
    for (let i = 0; i < pairs.length; i += 2) dict.push([pairs[i], pairs[i + 1]])
  }
  const pop = (): Value => (stack.length === 0 || stack.at(-1) === mark ? unknown("stack") : stack.pop())
  const tuple = (n: number): Value => ({ tuple: Array.from({ length: n }, pop).toReversed() })
  const opcodes: Readonly<Record<string, () => void>> = {
    "\x80": () => take(1),
    "\x95": () => take(8),
    "(": () => stack.push(mark),
    N: () => stack.push(null),
    "\x88": () => stack.push(true),
    "\x89": () => stack.push(false),
    J: () => stack.push(take(4).readInt32LE()),
    K: () => stack.push(take(1)[0]),
    M: () => stack.push(take(2).readUInt16LE()),
    "\x8a": () => stack.push(long(take(1)[0]!)),
    "\x8b": () => stack.push(long(take(4).readUInt32LE())),
    G: () => stack.push(take(8).readDoubleBE()),
    X: () => stack.push(text(take(4).readUInt32LE())),
    "\x8c": () => stack.push(text(take(1)[0]!)),
    "\x8d": () => stack.push(text(Number(take(8).readBigUInt64LE()))),
    B: () => stack.push({ raw: [...take(take(4).readUInt32LE())] }),
    C: () => stack.push({ raw: [...take(take(1)[0]!)] }),
    "\x8e": () => stack.push({ raw: [...take(Number(take(8).readBigUInt64LE()))] }),
    "\x96": () => stack.push({ raw: [...take(Number(take(8).readBigUInt64LE()))] }),
    b: () => ((state) => build(stack.at(-1), state))(pop()),
    "]": () => stack.push([]),
    "}": () => stack.push({ dict: [] }),
    ")": () => stack.push({ tuple: [] }),
    "\x85": () => stack.push(tuple(1)),
    "\x86": () => stack.push(tuple(2)),
    "\x87": () => stack.push(tuple(3)),
    t: () => stack.push({ tuple: toMark() }),
    a: () => append([pop()]),
    e: () => append(toMark()),
    s: () => set([pop(), pop()].toReversed()),
    u: () => set(toMark()),
    q: () => memo.set(take(1)[0]!, stack.at(-1)),
    r: () => memo.set(take(4).readUInt32LE(), stack.at(-1)),
    "\x94": () => memo.set(memo.size, stack.at(-1)),
    h: () => stack.push(memo.get(take(1)[0]!)),
    j: () => stack.push(memo.get(take(4).readUInt32LE())),
    c: () => stack.push(global(line(), line())),
    "\x93": () => stack.push(((name, module) => global(String(module), String(name)))(pop(), pop())),
    Q: () => stack.push({ storage: pop() }),
    R: () => stack.push(((args, callee) => call(callee, args))(pop(), pop()))
  }
  for (;;) {
    const opcode = String.fromCharCode(take(1)[0]!)
    if (opcode === ".") return stack.length === 1 && at === b.length ? stack[0] : unknown("rest")
    ;(opcodes[opcode] ?? (() => unknown(opcode)))()
  }
}
