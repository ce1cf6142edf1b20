/** Where requests may begin as another one did: by the hashes of their rows alone, to be settled on the ids. */

/** What is known of a request before its ids are compared; all counts are rows in its file, repeated ones included. */
export interface Begun {
  readonly prefillTokens: number
  readonly decodeTokens: number
  /** Group that its reader told, or empty. */
  readonly group: string
}

/** Rows of a request that another one may repeat: its whole prompt, its whole sequence, or all of that but the last row. */
export interface Anchor {
  readonly owner: number
  readonly tokens: number
  /** Nothing but the prompt: it may be an opening that many share. */
  readonly prompt: boolean
}

/** Rows that may say enough to be no chance; one says nothing by itself. Requests that a reader put together may share fewer. */
const leastTokens = 2

/** Candidates of one request that are settled on the ids, longest first. */
const candidates = 4

/** A table from (hash, tokens) to the request that owns it: open addressing, since there may be a million of them. */
class AnchorTable {
  readonly #hashes: Uint32Array
  readonly #tokens: Uint32Array
  /** Owner + 1, negative for a prompt; 0 where nothing is. */
  readonly #owners: Int32Array
  readonly #mask: number

  constructor(anchors: number) {
    const size = 2 ** Math.ceil(Math.log2(2 * anchors + 2))
    this.#hashes = new Uint32Array(size)
    this.#tokens = new Uint32Array(size)
    this.#owners = new Int32Array(size)
    this.#mask = size - 1
  }

  #find(hash: number, tokens: number): number {
    let at = (hash ^ Math.imul(tokens, 0x9e37_79b1)) & this.#mask
    while (this.#owners[at] !== 0 && (this.#hashes[at] !== hash || this.#tokens[at] !== tokens))
      at = (at + 1) & this.#mask
    return at
  }

  /** Keeps the anchor, unless there is one of an owner that `first` puts first. */
  add(hash: number, { owner, tokens, prompt }: Anchor, first: (a: number, b: number) => boolean): void {
    const at = this.#find(hash, tokens)
    const old = this.#owners[at]!
    if (old !== 0 && first(Math.abs(old) - 1, owner)) return
    this.#hashes[at] = hash
    this.#tokens[at] = tokens
    this.#owners[at] = prompt ? -owner - 1 : owner + 1
  }

  get(hash: number, tokens: number): Anchor | undefined {
    const owner = this.#owners[this.#find(hash, tokens)]!
    return owner === 0 ? undefined : { owner: Math.abs(owner) - 1, tokens, prompt: owner < 0 }
  }
}

/** The anchors of request `owner` with their hashes. */
const anchorsOf = function* (owner: number, { prefillTokens, decodeTokens }: Begun, hashes: Uint32Array) {
  const tokens = prefillTokens + decodeTokens
  const all: ReadonlyArray<readonly [hash: number | undefined, tokens: number]> = [
    [hashes[prefillTokens - 1], prefillTokens],
    ...(decodeTokens > 1 ? [[hashes[prefillTokens], tokens - 1] as const] : []),
    ...(decodeTokens > 0 ? [[hashes[prefillTokens + 1], tokens] as const] : [])
  ]
  for (const [hash, rows] of all)
    if (hash !== undefined && rows > 0) yield [hash, { owner, tokens: rows, prompt: rows === prefillTokens }] as const
}

/**
 * The anchors that each request may begin with, longest first. Whose rows came first does not depend on the order of files: of two requests
 * the one with the shorter prompt did, which a later turn never has, and of equal ones the one stored first. `eachRequest`
 * calls back with the hashes of every request in order, twice in all.
 */
export const possibleRepeats = (
  requests: ReadonlyArray<Begun>,
  eachRequest: (take: (hashes: Uint32Array) => void) => void
): ReadonlyMap<number, ReadonlyArray<Anchor>> => {
  const table = new AnchorTable(3 * requests.length)
  const isFirst = (a: number, b: number): boolean =>
    requests[a]!.prefillTokens < requests[b]!.prefillTokens ||
    (requests[a]!.prefillTokens === requests[b]!.prefillTokens && a < b)
  const lengths = new Set<number>()
  const isAnchor = ({ owner, tokens }: Anchor): boolean => tokens >= leastTokens || requests[owner]!.group !== ""
  let request = 0
  eachRequest((hashes) => {
    for (const [hash, anchor] of anchorsOf(request, requests[request]!, hashes)) {
      if (!isAnchor(anchor)) continue
      table.add(hash, anchor, isFirst)
      lengths.add(anchor.tokens)
    }
    request++
  })
  const found = new Map<number, ReadonlyArray<Anchor>>()
  const ascending = [...lengths].toSorted((a, b) => a - b)
  request = 0
  eachRequest((hashes) => {
    const { prefillTokens, group } = requests[request]!
    const own: Array<Anchor> = []
    for (const tokens of ascending) {
      if (tokens > prefillTokens) break
      const anchor = table.get(hashes[tokens - 1]!, tokens)
      if (anchor === undefined || !isFirst(anchor.owner, request)) continue
      if (tokens < leastTokens && requests[anchor.owner]!.group !== group) continue
      own.push(anchor)
    }
    if (own.length > 0) found.set(request, own.slice(-candidates).toReversed())
    request++
  })
  return found
}
