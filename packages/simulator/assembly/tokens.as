/**
 * Counts the tokens of a layer step: what `src/tokens/js.ts` does. Compiled by `scripts/build-wasm.mjs` to
 * `src/tokens/tokens.wasm.ts`. All addresses are given by the host.
 *
 * An expert's state is 16 bytes: the columns of the unit that its next token goes to (a bit of the unit and one of its
 * server, or the numbers of both), the tokens that unit still takes, and the address of the piece that comes after, which is
 * another 16 bytes of the same.
 */

/** The state of an expert; ids that are no expert have one of their own, with no columns. */
@inline
function stateOf<I>(states: usize, id: usize, experts: u32): usize {
  const e = <u32>load<I>(id)
  // Bytes have a state each.
  return states + ((sizeof<I>() == 1 ? <usize>e : <usize>min(e, experts)) << 4)
}

/** The columns of the unit that the next token of an expert goes to. `isSplit` says that some expert has several units. */
@inline
function take<I, M>(states: usize, id: usize, experts: u32, isSplit: bool): M {
  const state = stateOf<I>(states, id, experts)
  const columns = load<M>(state)
  if (isSplit) {
    const left = load<u32>(state, 8) - 1
    store<u32>(state, left, 8)
    if (left == 0) next(state)
  }
  return columns
}

/** Puts the next piece into a state. */
function next(state: usize): void {
  const piece = <usize>load<u32>(state, 12)
  store<u64>(state, load<u64>(piece))
  store<u32>(state, load<u32>(piece, 8), 8)
  store<u32>(state, <u32>(piece + 16), 12)
}

@inline
function maskAll<I, M>(tokens: usize, end: usize, topK: u32, experts: u32, states: usize, isSplit: bool): void {
  const width = <usize>topK * sizeof<I>()
  for (; tokens < end; tokens += 8) {
    let id = <usize>load<u32>(tokens)
    let columns: M = 0
    if (topK == 8) {
      columns |= take<I, M>(states, id, experts, isSplit)
      columns |= take<I, M>(states, id + sizeof<I>(), experts, isSplit)
      columns |= take<I, M>(states, id + 2 * sizeof<I>(), experts, isSplit)
      columns |= take<I, M>(states, id + 3 * sizeof<I>(), experts, isSplit)
      columns |= take<I, M>(states, id + 4 * sizeof<I>(), experts, isSplit)
      columns |= take<I, M>(states, id + 5 * sizeof<I>(), experts, isSplit)
      columns |= take<I, M>(states, id + 6 * sizeof<I>(), experts, isSplit)
      columns |= take<I, M>(states, id + 7 * sizeof<I>(), experts, isSplit)
    } else for (const last = id + width; id < last; id += sizeof<I>()) columns |= take<I, M>(states, id, experts, isSplit)
    store<M>(<usize>load<u32>(tokens, 4), columns)
  }
}

@inline
function maskBy<I, M>(tokens: usize, end: usize, topK: u32, experts: u32, states: usize, isSplit: bool): void {
  if (topK == 8) {
    if (isSplit) maskAll<I, M>(tokens, end, 8, experts, states, true)
    else maskAll<I, M>(tokens, end, 8, experts, states, false)
  } else if (isSplit) maskAll<I, M>(tokens, end, topK, experts, states, true)
  else maskAll<I, M>(tokens, end, topK, experts, states, false)
}

/**
 * Stores the columns of each token. `tokens` are two u32 each: the address of its ids, and where its columns go, which are
 * `maskBytes` (4 or 8) wide.
 */
export function mask(
  tokens: usize,
  count: u32,
  idBytes: u32,
  maskBytes: u32,
  topK: u32,
  experts: u32,
  states: usize,
  isSplit: bool
): void {
  const end = tokens + (<usize>count << 3)
  if (idBytes == 1) {
    if (maskBytes == 4) maskBy<u8, u32>(tokens, end, topK, experts, states, isSplit)
    else maskBy<u8, u64>(tokens, end, topK, experts, states, isSplit)
  } else if (maskBytes == 4) maskBy<u16, u32>(tokens, end, topK, experts, states, isSplit)
  else maskBy<u16, u64>(tokens, end, topK, experts, states, isSplit)
}

/** Adds three vectors of bits: `sum` gets the low bits, the carries are given back. */
@inline
function majority(a: v128, b: v128, c: v128): v128 {
  return v128.or(v128.and(a, b), v128.and(v128.xor(a, b), c))
}

@inline
function odd(a: v128, b: v128, c: v128): v128 {
  return v128.xor(v128.xor(a, b), c)
}

/** Adds a vector of bits to the counters from plane `at` on; a plane holds one binary digit of 128 counters. */
@inline
function ripple(at: usize, carry: v128): void {
  while (v128.any_true(carry)) {
    const plane = v128.load(at)
    v128.store(at, v128.xor(plane, carry))
    carry = v128.and(plane, carry)
    at += 16
  }
}

/**
 * How many of `rows` rows have each bit set: `[rowBytes * 8]` u32 into `into`. Rows are whole vectors; their counters are
 * kept as binary digits, 128 to a vector, and eight rows are added at a time. `planes` has room for 32 vectors.
 */
export function bits(rows: usize, count: u32, rowBytes: u32, columns: u32, planes: usize, into: usize): void {
  let digits: u32 = 0
  while (count >> digits > 0) digits++
  const width = <usize>rowBytes
  for (let group: u32 = 0; group < rowBytes; group += 16, rows += 16, into += 512) {
    memory.fill(planes, 0, <usize>digits << 4)
    let ones = i64x2.splat(0)
    let twos = ones
    let fours = ones
    let row = rows
    let n: u32 = 0
    for (; n + 8 <= count; n += 8) {
      const a = v128.load(row)
      const b = v128.load(row + width)
      const c = v128.load(row + 2 * width)
      const d = v128.load(row + 3 * width)
      const e = v128.load(row + 4 * width)
      const f = v128.load(row + 5 * width)
      const g = v128.load(row + 6 * width)
      const h = v128.load(row + 7 * width)
      row += 8 * width
      const two0 = majority(ones, a, b)
      ones = odd(ones, a, b)
      const two1 = majority(ones, c, d)
      ones = odd(ones, c, d)
      const two2 = majority(ones, e, f)
      ones = odd(ones, e, f)
      const two3 = majority(ones, g, h)
      ones = odd(ones, g, h)
      const four0 = majority(twos, two0, two1)
      twos = odd(twos, two0, two1)
      const four1 = majority(twos, two2, two3)
      twos = odd(twos, two2, two3)
      const eight = majority(fours, four0, four1)
      fours = odd(fours, four0, four1)
      ripple(planes + 48, eight)
    }
    v128.store(planes, ones)
    if (digits > 1) v128.store(planes, twos, 16)
    if (digits > 2) v128.store(planes, fours, 32)
    for (; n < count; n++, row += width) ripple(planes, v128.load(row))
    const used = min(columns, 32)
    for (let bit: u32 = 0; bit < used; bit++) {
      let sum = i64x2.splat(0)
      for (let k: u32 = 0; k < digits; k++)
        sum = i32x4.add(
          sum,
          i32x4.shl(v128.and(i32x4.shr_u(v128.load(planes + (<usize>k << 4)), bit), i32x4.splat(1)), k)
        )
      const at = into + (<usize>bit << 2)
      store<u32>(at, i32x4.extract_lane(sum, 0))
      store<u32>(at, i32x4.extract_lane(sum, 1), 128)
      store<u32>(at, i32x4.extract_lane(sum, 2), 256)
      store<u32>(at, i32x4.extract_lane(sum, 3), 384)
    }
  }
}

/** Adds a token's copy where it was not sent to yet; without a branch, which would be mispredicted too often. */
@inline
function send(seen: usize, to: u32, token: u32, row: usize): void {
  const at = seen + (<usize>to << 2)
  const cell = row + (<usize>to << 2)
  store<u32>(cell, load<u32>(cell) + <u32>(load<u32>(at) != token))
  store<u32>(at, token)
}

@inline
function sendAll<I>(
  tokens: usize,
  end: usize,
  topK: u32,
  experts: u32,
  states: usize,
  seen: usize,
  units: u32,
  copies: usize,
  servers: u32,
  serverCopies: usize
): void {
  const width = <usize>topK * sizeof<I>()
  const seenServer = seen + (<usize>units << 2)
  // Numbers of tokens begin with 1: nothing was seen by 0.
  for (let token: u32 = 1; tokens < end; tokens += 8, token++) {
    let id = <usize>load<u32>(tokens)
    const home = load<u32>(tokens, 4)
    const row = copies + (<usize>(home * units) << 2)
    const serverRow = serverCopies + (<usize>(home * servers) << 2)
    for (const last = id + width; id < last; id += sizeof<I>()) {
      const to = take<I, u64>(states, id, experts, true)
      if (<u32>to >= units) continue
      send(seen, <u32>to, token, row)
      if (servers > 0) send(seenServer, <u32>(to >> 32), token, serverRow)
    }
  }
}

/**
 * Counts copies of tokens one by one, for machines whose columns fit no mask: `tokens` are the address of its ids and its home.
 * States have the number of the unit and, in the upper half, of its server; those of ids that are no expert have a unit that is none.
 * `seen` has a u32 a unit and a server, all 0; `copies` are `[units][units]`, `serverCopies` `[units][servers]`; no servers are
 * counted where there are 0.
 */
export function scatter(
  tokens: usize,
  count: u32,
  idBytes: u32,
  topK: u32,
  experts: u32,
  states: usize,
  seen: usize,
  units: u32,
  copies: usize,
  servers: u32,
  serverCopies: usize
): void {
  const end = tokens + (<usize>count << 3)
  if (idBytes == 1) {
    if (servers == 0) sendAll<u8>(tokens, end, topK, experts, states, seen, units, copies, 0, serverCopies)
    else sendAll<u8>(tokens, end, topK, experts, states, seen, units, copies, servers, serverCopies)
  } else sendAll<u16>(tokens, end, topK, experts, states, seen, units, copies, servers, serverCopies)
}

@inline
function add<I>(table: usize, id: usize, experts: u32): void {
  const e = <u32>load<I>(id)
  const at = table + ((sizeof<I>() == 1 ? <usize>e : <usize>min(e, experts)) << 2)
  store<u32>(at, load<u32>(at) + 1)
}

@inline
function countAll<I>(rows: usize, end: usize, topK: u32, experts: u32, tables: usize, tableBytes: usize): void {
  const b = tables + tableBytes
  const c = b + tableBytes
  const d = c + tableBytes
  for (; rows < end; rows += 4) {
    let id = <usize>load<u32>(rows)
    let k: u32 = 0
    for (; k + 4 <= topK; k += 4, id += 4 * sizeof<I>()) {
      add<I>(tables, id, experts)
      add<I>(b, id + sizeof<I>(), experts)
      add<I>(c, id + 2 * sizeof<I>(), experts)
      add<I>(d, id + 3 * sizeof<I>(), experts)
    }
    for (; k < topK; k++, id += sizeof<I>()) add<I>(tables, id, experts)
  }
}

/** Counts the ids at addresses of rows into four tables of `tableBytes`, since an addition to a cell waits for the one before. */
export function count(
  rows: usize,
  count: u32,
  idBytes: u32,
  topK: u32,
  experts: u32,
  tables: usize,
  tableBytes: u32
): void {
  const end = rows + (<usize>count << 2)
  if (idBytes == 1) {
    if (topK == 8) countAll<u8>(rows, end, 8, experts, tables, tableBytes)
    else countAll<u8>(rows, end, topK, experts, tables, tableBytes)
  } else if (topK == 8) countAll<u16>(rows, end, 8, experts, tables, tableBytes)
  else countAll<u16>(rows, end, topK, experts, tables, tableBytes)
}
