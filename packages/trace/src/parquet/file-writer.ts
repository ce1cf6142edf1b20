/** Writes `selections.parquet`: a row is (layer, request, pos, experts); a row group is one layer of a few requests. */
import type { ColumnChunk, FileMetaData, RowGroup, SchemaElement } from "hyparquet"
import { ByteWriter } from "hyparquet-writer/src/bytewriter.js"
import { writeMetadata } from "hyparquet-writer/src/metadata.js"
import * as fs from "node:fs"
import { missingExpert } from "../selections.ts"
import { idDictionary, idLevels, idPage, intPage, type Page } from "./pages.ts"

/** Names this writer in the footer: only its own files have the layout that the reader relies on. */
export const createdBy = "moira"

const magic = new TextEncoder().encode("PAR1")

const schema: Array<SchemaElement> = [
  { name: "schema", num_children: 4 },
  { name: "layer", type: "INT32", repetition_type: "REQUIRED", converted_type: "INT_32" },
  { name: "request", type: "INT32", repetition_type: "REQUIRED", converted_type: "UINT_32" },
  { name: "pos", type: "INT32", repetition_type: "REQUIRED", converted_type: "UINT_32" },
  { name: "experts", repetition_type: "REQUIRED", num_children: 1, converted_type: "LIST" },
  { name: "list", repetition_type: "REPEATED", num_children: 1 },
  { name: "element", type: "INT32", repetition_type: "REQUIRED", converted_type: "UINT_16" }
]

/** Row columns that every layer of a chunk shares: which request and position a row is. */
export interface ChunkRows {
  readonly firstRequest: number
  readonly lastRequest: number
  readonly rows: number
  readonly request: Page
  readonly pos: Page
  readonly maxPos: number
  readonly levels: Uint8Array
}

/** Encodes what consecutive requests share over all their layers, once. `lengths` are tokens a request. */
export const chunkRows = (firstRequest: number, lengths: ReadonlyArray<number>, topK: number): ChunkRows => {
  const rows = lengths.reduce((a, b) => a + b, 0)
  const request = new Int32Array(rows)
  const pos = new Int32Array(rows)
  let row = 0
  lengths.forEach((length, r) => {
    request.fill(firstRequest + r, row, row + length)
    for (let i = 0; i < length; i++) pos[row++] = i
  })
  return {
    // Requests without tokens have no rows: the bounds are those of the rows that there are.
    firstRequest: request[0] ?? firstRequest,
    lastRequest: request[rows - 1] ?? firstRequest,
    rows,
    request: intPage(request),
    pos: intPage(pos),
    maxPos: Math.max(1, ...lengths) - 1,
    levels: idLevels(rows * topK, topK)
  }
}

export class SelectionsFile {
  readonly #fd: number
  readonly #experts: number
  readonly #groups: Array<RowGroup> = []
  readonly #dictionaries: readonly [plain: Page, withHoles: Page]
  #offset = 0
  #rows = 0
  #open = true

  /** Opens a new file; throws the file system's error where that fails. */
  constructor(path: string, model: { readonly experts: number }) {
    this.#fd = fs.openSync(path, "wx")
    this.#experts = model.experts
    this.#dictionaries = [idDictionary(model.experts, false), idDictionary(model.experts, true)]
    this.#write(magic)
  }

  #write(bytes: Uint8Array): void {
    let done = 0
    while (done < bytes.length) done += fs.writeSync(this.#fd, bytes, done)
    this.#offset += bytes.length
  }

  /** Writes the pages of one column and describes them; a dictionary comes first. */
  #column(path: Array<string>, pages: ReadonlyArray<Page>, values: number, min: number, max: number): ColumnChunk {
    const start = this.#offset
    const dictionary = pages.length > 1
    for (const page of pages) this.#write(page.bytes)
    const total = (size: (page: Page) => number) => BigInt(pages.reduce((sum, page) => sum + size(page), 0))
    return {
      file_offset: BigInt(start),
      meta_data: {
        type: "INT32",
        encodings: dictionary ? ["PLAIN", "RLE", "RLE_DICTIONARY"] : ["PLAIN", "RLE"],
        path_in_schema: path,
        codec: "ZSTD",
        num_values: BigInt(values),
        total_uncompressed_size: total((page) => page.uncompressedBytes),
        total_compressed_size: total((page) => page.bytes.length),
        data_page_offset: BigInt(start + (dictionary ? pages[0]!.bytes.length : 0)),
        ...(dictionary ? { dictionary_page_offset: BigInt(start) } : {}),
        // Ids are bounded by the dictionary, not searched for their least and greatest.
        statistics: {
          null_count: 0n,
          min_value: min,
          max_value: max,
          ...(dictionary ? { is_min_value_exact: false, is_max_value_exact: false } : {})
        }
      }
    }
  }

  /** Appends one layer of a chunk; `ids` holds `rows.rows x topK` ids, `holes` says that some of them are missing. */
  append(layer: number, rows: ChunkRows, ids: Uint16Array, holes: boolean): void {
    const n = rows.rows
    if (n === 0) return
    const columns = [
      this.#column(["layer"], [intPage(new Int32Array(n).fill(layer))], n, layer, layer),
      this.#column(["request"], [rows.request], n, rows.firstRequest, rows.lastRequest),
      this.#column(["pos"], [rows.pos], n, 0, rows.maxPos),
      this.#column(
        ["experts", "list", "element"],
        [this.#dictionaries[holes ? 1 : 0], idPage(ids, rows.levels, this.#experts, holes)],
        ids.length,
        0,
        holes ? missingExpert : this.#experts - 1
      )
    ]
    const size = (pick: (column: ColumnChunk) => bigint) => columns.reduce((sum, column) => sum + pick(column), 0n)
    this.#groups.push({
      columns,
      num_rows: BigInt(n),
      total_byte_size: size((column) => column.meta_data!.total_uncompressed_size),
      total_compressed_size: size((column) => column.meta_data!.total_compressed_size)
    })
    this.#rows += n
  }

  /** Writes the footer, flushes to disk and closes. */
  finish(): void {
    const writer = new ByteWriter()
    const metadata: FileMetaData = {
      version: 1,
      created_by: createdBy,
      schema,
      num_rows: BigInt(this.#rows),
      row_groups: this.#groups,
      metadata_length: 0
    }
    writeMetadata(writer, metadata)
    this.#write(writer.getBytes())
    this.#write(magic)
    fs.fsyncSync(this.#fd)
    this.close()
  }

  /** Closes the file once; without `finish` it has no footer and is unusable. */
  close(): void {
    if (this.#open) fs.closeSync(this.#fd)
    this.#open = false
  }
}
