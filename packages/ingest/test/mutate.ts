/** Seeded damage to files of any kind. */

const interesting = [0, 1, 0x28, 0x29, 0x2e, 0x5d, 0x61, 0x65, 0x7d, 0x7f, 0x80, 0x8a, 0x8b, 0x95, 0xff]

/** One random edit: flip a bit, overwrite, put in, take out, cut, copy a part, exchange two parts, write a huge number. */
const edit = (bytes: Buffer, below: (n: number) => number): Buffer => {
  const at = below(bytes.length + 1)
  const size = 1 + below(16)
  const part = Buffer.from(bytes.subarray(at, at + size))
  const other = below(bytes.length + 1)
  const value = below(2) === 0 ? interesting[below(interesting.length)]! : below(256)
  const splice = (from: number, to: number, put: Uint8Array) =>
    Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(to)])
  switch (below(9)) {
    case 0:
      return splice(
        at,
        Math.min(at + 1, bytes.length),
        at < bytes.length ? Buffer.from([bytes[at]! ^ (1 << below(8))]) : part
      )
    case 1:
      return splice(at, Math.min(at + 1, bytes.length), Buffer.from([value]))
    case 2:
      return splice(at, at, Buffer.from([value]))
    case 3:
      return splice(at, at + size, Buffer.alloc(0))
    case 4:
      return below(4) === 0 ? bytes.subarray(0, at) : splice(at, at + 1, Buffer.alloc(0))
    case 5:
      return splice(other, other, part)
    case 6:
      return splice(other, other + part.length, part)
    case 7:
      return splice(at, at + 4, Buffer.from([0xff, 0xff, 0xff, below(2) === 0 ? 0xff : 0x7f]))
    default:
      return splice(at, at + 1, Buffer.from([value, value, value].slice(0, 1 + below(3))))
  }
}

/** One to three edits. */
export const mutate = (original: Uint8Array, below: (n: number) => number): Uint8Array => {
  let bytes: Buffer = Buffer.from(original)
  for (let edits = 1 + below(3); edits > 0; edits--) bytes = edit(bytes, below)
  return new Uint8Array(bytes)
}

/** How many mutants of each kind a test makes; more by hand: `MOIRA_MUTANTS=10000 vitest run`. */
export const mutants = Number(process.env["MOIRA_MUTANTS"] ?? 1000)

/** Processor time of this thread: a loaded machine makes the clock run, not this. */
const cpuMs = (): number => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** Starts a watch; asking it says whether a mutant took longer than a second, or all so far more than 400 MB more. */
export const watch = () => {
  const before = process.resourceUsage().maxRSS
  let start = cpuMs()
  return {
    restart: () => void (start = cpuMs()),
    check: (): void => {
      const took = cpuMs() - start
      if (took > 1000) throw new Error(`took ${Math.round(took)} ms`)
      const grown = process.resourceUsage().maxRSS - before
      if (grown > 400_000) throw new Error(`took ${grown} kB more`)
    }
  }
}
