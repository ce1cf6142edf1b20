/** The one check that every id gets, when it is written and when it is read. */

/**
 * True where an id is above `last`. Hot and almost always all that is needed: two ids at a time, no branch, no
 * allocation. Of each half of a word the top bit of `0x8000 + last - id` is clear where `last < id <= 0x8000 + last`, and
 * the top bit of the id itself is set where it is larger, which covers what a half that borrows does to the other.
 */
export const anyOutside = (ids: Uint16Array, last: number): boolean => {
  if (last >= 0x8000) return ids.some((id) => id > last)
  if (ids.byteOffset % 4 !== 0) return ids.length > 0 && (ids[0]! > last || anyOutside(ids.subarray(1), last))
  const pairs = new Int32Array(ids.buffer, ids.byteOffset, ids.length >> 1)
  const bound = ((0x8000 + last) << 16) | (0x8000 + last)
  let outside = 0
  for (let i = 0; i < pairs.length; i++) {
    const pair = pairs[i]!
    outside |= ~(bound - pair) | pair
  }
  return (outside & 0x8000_8000) !== 0 || (ids.length % 2 === 1 && ids[ids.length - 1]! > last)
}
