/** Writes `selections.parquet`: a row is (layer, request, pos, experts); a row group is one layer of a few requests. */
import { choosableIds } from "@moira/core/thread"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as zlib from "node:zlib"
import { missingExpert } from "../../selections.ts"
import type { StoredModel } from "../request-check.ts"
import { Footer } from "./footer-writer.ts"
import type { ColumnPlace, Group } from "./group.ts"
import { idDictionary, idLevels, idPage, intPage, type Page } from "./pages.ts"

const magic = new TextEncoder().encode("PAR1")

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

/** The request column of a group whose requests have these lengths; the first of them is `firstRequest`. */
export const requestPage = (firstRequest: number, lengths: ReadonlyArray<number>): Page => {
  const request = new Int32Array(lengths.reduce((a, b) => a + b, 0))
  let row = 0
  lengths.forEach((length, r) => {
    request.fill(firstRequest + r, row, row + length)
    row += length
  })
  return intPage(request)
}

/** Columns of a group that another file holds, as they lie there. */
export interface StoredColumns {
  readonly layer: Uint8Array
  readonly pos: Uint8Array
  readonly experts: Uint8Array
}

/** CRC-32 of the pages of a column, one after the other. */
const columnCrc = ([first, ...others]: ReadonlyArray<Page>): number =>
  others.reduce((crc, { parts: [head, body] }) => zlib.crc32(body, zlib.crc32(head, crc)), first!.crc32)

export class SelectionsFile {
  readonly #fd: number
  /** Ids that rows may hold: of experts and of zero experts. */
  readonly #ids: number
  readonly #footer = new Footer()
  readonly #dictionaries: readonly [plain: Page, withHoles: Page]
  #offset = 0
  #open = true

  /** Opens a new file; throws the file system's error where that fails. */
  constructor(path: string, model: Pick<StoredModel, "experts" | "zeroExperts">) {
    this.#fd = fs.openSync(path, "wx")
    this.#ids = choosableIds(model)
    this.#dictionaries = [idDictionary(this.#ids, false), idDictionary(this.#ids, true)]
    this.#write([magic])
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#offset
  }

  #write(parts: ReadonlyArray<Uint8Array>): void {
    const size = parts.reduce((sum, part) => sum + part.length, 0)
    let done = fs.writevSync(this.#fd, [...parts])
    if (done < size) {
      // Rare: a disk that fills takes a part; going on then fails with the reason.
      const rest = Buffer.concat(parts)
      while (done < size) done += fs.writeSync(this.#fd, rest, done)
    }
    this.#offset += size
  }

  /** SHA-256 of the footer, its length and the magic bytes after it; there once the file is finished. */
  footerSha256 = ""

  /** Writes the pages of one column and tells where they are; a dictionary comes first. */
  #places(columns: ReadonlyArray<ReadonlyArray<Page>>): ReadonlyArray<ColumnPlace> {
    let offset = this.#offset
    const places = columns.map((pages) => {
      const bytes = pages.reduce((sum, page) => sum + page.bytes, 0)
      const place = {
        offset,
        bytes,
        plainBytes: pages.reduce((sum, page) => sum + page.uncompressedBytes, 0),
        dictionaryBytes: pages.length > 1 ? pages[0]!.bytes : 0
      }
      offset += bytes
      return place
    })
    this.#write(columns.flat().flatMap((page) => page.parts))
    return places
  }

  /** Appends one layer of a chunk; `ids` holds `rows.rows x topK` ids, `holes` says that some of them are missing. */
  append(layer: number, rows: ChunkRows, ids: Uint16Array, holes: boolean): void {
    const n = rows.rows
    if (n === 0) return
    const columns = [
      [intPage(new Int32Array(n).fill(layer))],
      [rows.request],
      [rows.pos],
      [this.#dictionaries[holes ? 1 : 0], idPage(ids, rows.levels, this.#ids, holes)]
    ]
    const [layers, requests, positions, experts] = this.#places(columns)
    const [layerCrc, requestCrc, posCrc, expertsCrc] = columns.map(columnCrc)
    this.#footer.add({
      layer,
      from: rows.firstRequest,
      to: rows.lastRequest,
      rows: n,
      maxPos: rows.maxPos,
      maxId: holes ? missingExpert : this.#ids - 1,
      values: ids.length,
      columns: [layers!, requests!, positions!, experts!],
      crc32: [layerCrc!, requestCrc!, posCrc!, expertsCrc!]
    })
  }

  /**
   * Appends a group of another file whose requests are numbered `shift` higher here. Only the request column is new:
   * no other page depends on the numbers of requests, so they are taken as they are.
   */
  copy(group: Group, stored: StoredColumns, request: Page, shift: number): void {
    let offset = this.#offset
    const put = (column: ColumnPlace, bytes: number, plainBytes: number): ColumnPlace => {
      const place = { offset, bytes, plainBytes, dictionaryBytes: column.dictionaryBytes }
      offset += bytes
      return place
    }
    const [layer, requests, pos, experts] = group.columns
    this.#footer.add({
      ...group,
      from: group.from + shift,
      to: group.to + shift,
      columns: [
        put(layer, layer.bytes, layer.plainBytes),
        put(requests, request.bytes, request.uncompressedBytes),
        put(pos, pos.bytes, pos.plainBytes),
        put(experts, experts.bytes, experts.plainBytes)
      ],
      crc32: [group.crc32[0], request.crc32, group.crc32[2], group.crc32[3]]
    })
    this.#write([stored.layer, ...request.parts, stored.pos, stored.experts])
  }

  /** Writes the footer, flushes to disk and closes. */
  finish(): void {
    const end = [...this.#footer.encode(), magic]
    const hash = createHash("sha256")
    for (const part of end) hash.update(part)
    this.footerSha256 = hash.digest("hex")
    this.#write(end)
    fs.fsyncSync(this.#fd)
    this.close()
  }

  /** Closes the file once; without `finish` it has no footer and is unusable. */
  close(): void {
    if (this.#open) fs.closeSync(this.#fd)
    this.#open = false
  }
}
