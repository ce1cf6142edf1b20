/** The least of many keys while single keys change: a winner tree. Hot: nothing is allocated after it is made. */
export interface Tournament {
  /** By player; write here before {@link Tournament.start}. */
  readonly keys: Float64Array
  /** Plays all matches anew. */
  readonly start: () => void
  /** The player with the least key; of equal ones the lowest number. */
  readonly winner: () => number
  /** Gives one player another key. */
  readonly change: (player: number, key: number) => void
}

export const makeTournament = (players: number): Tournament => {
  const leaves = 2 ** Math.ceil(Math.log2(Math.max(2, players)))
  const keys = new Float64Array(leaves).fill(Infinity)
  // Match m is between the winners of matches 2m and 2m + 1; players are the leaves.
  const winners = Int32Array.from({ length: 2 * leaves }, (_, m) => m - leaves)
  const play = (match: number) => {
    const left = winners[2 * match]!
    const right = winners[2 * match + 1]!
    winners[match] = keys[right]! < keys[left]! ? right : left
  }
  return {
    keys,
    start: () => {
      for (let match = leaves - 1; match >= 1; match--) play(match)
    },
    winner: () => winners[1]!,
    change: (player, key) => {
      keys[player] = key
      for (let match = (player + leaves) >> 1; match >= 1; match >>= 1) play(match)
    }
  }
}
