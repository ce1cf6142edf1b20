/** `requests.parquet`: a row is a request, in the order of the store. */
import { Schema } from "effect"
import { BadParquet } from "../parquet/bad-parquet.ts"
import { codecs, type ColumnValues, type TableColumn, tableGroups } from "../parquet/table.ts"
import { RequestRow } from "../requests.ts"
import { readTableGroup } from "./parquet/table-reader.ts"
import { tableBytes } from "./parquet/table-writer.ts"

const text = (name: keyof RequestRow): TableColumn => ({ name, type: "text" })
const count = (name: keyof RequestRow): TableColumn => ({ name, type: "int32" })

const columns: ReadonlyArray<TableColumn> = [
  text("benchmark"),
  text("subject"),
  text("language"),
  count("prefillTokens"),
  count("decodeTokens"),
  count("repeatedTokens"),
  count("cachedTokens"),
  text("runs"),
  text("group"),
  text("source"),
  text("sourceDigest"),
  text("sha256")
]

/** The bytes of the table. */
export const requestTable = (rows: ReadonlyArray<RequestRow>): Uint8Array =>
  tableBytes(
    columns,
    "zstd",
    columns.map(({ name }) => rows.map((row) => row[name as keyof RequestRow]) as unknown as ColumnValues)
  )

/** Bytes that a table may unpack to: labels repeat, but the digests of requests do not. */
const mostPlainBytes = (fileBytes: number): number => 2 ** 26 + 256 * fileBytes

const decodeRow = Schema.decodeUnknownSync(RequestRow)

/** The rows of a table in memory. Throws `BadParquet` where it is none, or not of `expected` requests. */
export const readRequestTable = (bytes: Uint8Array, expected: number): ReadonlyArray<RequestRow> => {
  const groups = tableGroups(bytes, columns, codecs.zstd)
  const rows = groups.reduce((sum, group) => sum + group.rows, 0)
  if (rows !== expected) throw new BadParquet(`${rows} rows where the manifest says ${expected} requests`, 0)
  const plain = groups.reduce((sum, { pages }) => sum + pages.reduce((all, page) => all + page.plainBytes, 0), 0)
  if (plain > mostPlainBytes(bytes.length))
    throw new BadParquet(`${bytes.length} bytes of requests cannot hold ${plain}`, 0)
  return groups.flatMap((group) => {
    const values = readTableGroup(group, columns)
    return Array.from({ length: group.rows }, (_, r) =>
      decodeRow(Object.fromEntries(columns.map(({ name }, c) => [name, values[c]![r]])))
    )
  })
}
