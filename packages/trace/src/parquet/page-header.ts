/** Headers of Parquet pages (parquet.thrift, PageHeader) as the writers of this package make them: nothing else is read. */
import { thriftType, ThriftReader } from "./thrift-reader.ts"

// Numbers of parquet.thrift.
export const pageType = { data: 0, dictionary: 2 } as const
export const encoding = { plain: 0, rle: 3, rleDictionary: 8 } as const

export interface PageHeader {
  readonly type: number
  /** Bytes of the body before compression, and as it lies in the file. */
  readonly plainBytes: number
  readonly bodyBytes: number
  /** Of the body as it lies in the file. */
  readonly crc32: number
  readonly values: number
  readonly encoding: number
  /** Where the body starts. */
  readonly body: number
}

const { i32, struct } = thriftType

/** Fields of a struct that holds nothing but 32-bit numbers, and of structs of these one level below. */
const numbers = (reader: ThriftReader, depth: number, into: Map<string, number>, prefix = ""): void => {
  for (let last = 0; reader.field(last);) {
    const id = (last = reader.id)
    if (reader.type === i32) into.set(`${prefix}${id}`, reader.int())
    else if (reader.type === struct && depth > 0) numbers(reader, depth - 1, into, `${prefix}${id}.`)
    else throw new TypeError("a page header holds what none of ours does")
  }
}

/** The header at `at`. Throws where it is none, or one with more or less than a page of ours has. */
export const readPageHeader = (bytes: Uint8Array, at: number): PageHeader => {
  const reader = new ThriftReader(bytes, at)
  const fields = new Map<string, number>()
  numbers(reader, 1, fields)
  const type = fields.get("1")
  const own = type === pageType.data ? ["5.1", "5.2", "5.3", "5.4"] : ["7.1", "7.2"]
  const expected = ["1", "2", "3", "4", ...own]
  if (fields.size !== expected.length || expected.some((field) => !fields.has(field)))
    throw new TypeError("a page header lacks what ours have")
  const value = (field: string) => fields.get(field)!
  const levels = type === pageType.data && (value("5.3") !== encoding.rle || value("5.4") !== encoding.rle)
  if ((type !== pageType.data && type !== pageType.dictionary) || levels)
    throw new TypeError("a page is of a kind that no file of ours has")
  const [plainBytes, bodyBytes, values] = [value("2"), value("3"), value(own[0]!)]
  if (plainBytes < 0 || values < 0 || bodyBytes < 0 || reader.at + bodyBytes > bytes.length)
    throw new RangeError("a page ends after its column")
  return { type, plainBytes, bodyBytes, crc32: value("4"), values, encoding: value(own[1]!), body: reader.at }
}
