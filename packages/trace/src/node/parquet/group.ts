/** What the footer of `selections.parquet` says of one row group: one layer of a chunk of requests. */

/** Where the pages of one column lie. */
export interface ColumnPlace {
  readonly offset: number
  readonly bytes: number
  /** Of all its pages before compression, headers included. */
  readonly plainBytes: number
  /** Bytes of the dictionary page that opens it, 0 where it has none. */
  readonly dictionaryBytes: number
}

export interface Group {
  readonly layer: number
  /** First and last request that has rows in the group. */
  readonly from: number
  readonly to: number
  readonly rows: number
  readonly maxPos: number
  /** Bound of the ids, the missing mark included where it occurs. */
  readonly maxId: number
  /** Ids: rows x top-k. */
  readonly values: number
  /** Columns `layer`, `request`, `pos`, `experts`, one after the other in the file. */
  readonly columns: readonly [ColumnPlace, ColumnPlace, ColumnPlace, ColumnPlace]
  /** CRC-32 of the bytes of each column, headers included: whoever trusts the footer can prove what it reads. */
  readonly crc32: readonly [number, number, number, number]
}

/** Where a group starts and how long it is. */
export const groupSpan = ({ columns }: Group): { readonly offset: number; readonly bytes: number } => ({
  offset: columns[0].offset,
  bytes: columns[3].offset + columns[3].bytes - columns[0].offset
})
