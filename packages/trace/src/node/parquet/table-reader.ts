/** Unpacks the small tables of a store with Node's zstd. */
import * as zlib from "node:zlib"
import { BadParquet } from "../../parquet/bad-parquet.ts"
import { type ColumnValues, pageValues, type TableColumn, type TableGroup } from "../../parquet/table.ts"
import { unzstd } from "./zstd.ts"

/** The columns of one group, its checksums compared. Throws `BadParquet`. */
export const readTableGroup = (
  { rows, pages }: TableGroup,
  columns: ReadonlyArray<TableColumn>
): ReadonlyArray<ColumnValues> =>
  pages.map((page, i) => {
    if ((zlib.crc32(page.body) | 0) !== page.crc32)
      throw new BadParquet("checksum differs: the table was changed after it was written", page.offset)
    return pageValues(page, columns[i]!.type, rows, unzstd(page.body, page.plainBytes, page.offset))
  })
