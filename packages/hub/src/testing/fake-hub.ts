/** A hub on this machine that answers as the real one does, and fails on request: for tests of whatever fetches. */
import { checksumOf } from "../digest.ts"
import * as http from "node:http"
import type { AddressInfo } from "node:net"
import type { FakeHub, FakeHubOptions, FakeRequest, FakeRequestKind, Misbehaviour } from "./fake-hub-options.ts"

/** The commit that the fake hub is always at. */
export const fakeCommit = "0123456789abcdef0123456789abcdef01234567"

const hashed = new WeakMap<Uint8Array, { readonly sha1: string; readonly sha256: string }>()

/** Hashes of some content, which must not change any more. */
const hashesOf = (content: Uint8Array) => {
  const known = hashed.get(content)
  if (known !== undefined) return known
  const hashes = { sha1: checksumOf("git-sha1", content).hex, sha256: checksumOf("sha256", content).hex }
  hashed.set(content, hashes)
  return hashes
}

const listen = (handler: http.RequestListener): Promise<http.Server> =>
  new Promise((resolve) => {
    const server = http.createServer(handler)
    server.listen(0, "127.0.0.1", () => resolve(server))
  })

const addressOf = (server: http.Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

const closed = (server: http.Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })

/** Entries of a folder as the hub lists them: files with their checksums, and the folders between. */
const listed = (files: ReadonlyMap<string, Uint8Array>, folder: string, recursive: boolean, largeBytes: number) => {
  const prefix = folder === "" ? "" : `${folder}/`
  const entries = new Map<string, object>()
  for (const [path, content] of files) {
    if (!path.startsWith(prefix)) continue
    const parts = path.slice(prefix.length).split("/")
    for (let depth = 1; depth < (recursive ? parts.length : Math.min(parts.length, 2)); depth++) {
      const name = prefix + parts.slice(0, depth).join("/")
      entries.set(name, { type: "directory", oid: "0".repeat(40), size: 0, path: name })
    }
    if (!recursive && parts.length > 1) continue
    const { sha1: oid, sha256 } = hashesOf(content)
    const size = content.length
    const lfs = { oid: sha256, size, pointerSize: 130 }
    entries.set(path, { type: "file", oid, size, path, ...(size >= largeBytes ? { lfs } : {}) })
  }
  return [...entries.values()]
}

const sendError = (response: http.ServerResponse, status: number, code: string): void => {
  response.writeHead(status, { "content-type": "application/json", "x-error-code": code })
  response.end(JSON.stringify({ error: code }))
}

const sendJson = (response: http.ServerResponse, value: unknown, headers: Record<string, string> = {}): void => {
  response.writeHead(200, { "content-type": "application/json", ...headers })
  response.end(JSON.stringify(value))
}

/** Starts the hub, and beside it the place of large files, which must never see a token. */
export const startFakeHub = async (options: FakeHubOptions): Promise<FakeHub> => {
  const { repo, files, largeBytes = Infinity, token, pageSize = 1000 } = options
  const requests: Array<FakeRequest> = []
  const counts = new Map<string, number>()
  let sent = 0

  const note = (kind: FakeRequestKind, path: string, { headers }: http.IncomingMessage): Misbehaviour => {
    const key = `${kind} ${path}`
    const before = counts.get(key) ?? 0
    counts.set(key, before + 1)
    const request = { kind, path, range: headers.range, authorization: headers.authorization, before }
    requests.push(request)
    return options.misbehave?.(request) ?? {}
  }

  /** True where the misbehaviour was the whole answer. */
  const misbehaved = (response: http.ServerResponse, how: Misbehaviour): boolean => {
    if (how.silent === true) return true
    if (how.status === undefined) return false
    response.writeHead(how.status, how.headers)
    response.end(how.body ?? "")
    return true
  }

  const sendBytes = (request: http.IncomingMessage, response: http.ServerResponse, path: string): void => {
    const how = note("bytes", path, request)
    if (misbehaved(response, how)) return
    const content = how.content ?? files.get(path)
    if (content === undefined) return sendError(response, 404, "EntryNotFound")
    const etag = `"${hashesOf(content).sha1.slice(0, 32)}"`
    const first = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0)
    const same = how.ignoreIfRange === true || (request.headers["if-range"] ?? etag) === etag
    const partial = request.headers.range !== undefined && how.ignoreRange !== true && same
    if (partial && first >= content.length) return sendError(response, 416, "RangeNotSatisfiable")
    const body = partial ? content.subarray(first) : content
    response.writeHead(partial ? 206 : 200, {
      ...(how.chunked === true ? {} : { "content-length": body.length }),
      etag,
      ...(partial ? { "content-range": `bytes ${first}-${content.length - 1}/${content.length}` } : {}),
      ...how.headers
    })
    const end = Math.min(body.length, how.cutAfter ?? body.length)
    sent += end
    if (how.cutAfter === undefined) return void response.end(body)
    response.write(body.subarray(0, end), () => response.destroy())
  }

  const elsewhere = await listen((request, response) => {
    sendBytes(request, response, decodeURIComponent(new URL(request.url!, "http://x").pathname.slice(1)))
  })

  const tree = (request: http.IncomingMessage, response: http.ServerResponse, folder: string, url: URL): void => {
    const how = note("tree", folder, request)
    if (misbehaved(response, how)) return
    const recursive = url.searchParams.get("recursive") === "true"
    const found = listed(files, folder, recursive, largeBytes)
    if (found.length === 0) return sendError(response, 404, "EntryNotFound")
    const all = options.editList?.(found) ?? found
    const from = Number(url.searchParams.get("cursor") ?? 0)
    const link = new URL(url)
    link.searchParams.set("cursor", String(from + pageSize))
    const more = from + pageSize < all.length
    if (how.cutAfter !== undefined) {
      response.writeHead(200, { "content-type": "application/json" })
      response.write(JSON.stringify(all).slice(0, how.cutAfter), () => response.destroy())
      return
    }
    sendJson(response, all.slice(from, from + pageSize), {
      ...(more ? { link: `<${link.href}>; rel="next"` } : {}),
      ...how.headers
    })
  }

  /** The hub sends the reader on: to itself for small files, to the other place for large ones. */
  const resolve = (request: http.IncomingMessage, response: http.ServerResponse, path: string): void => {
    const how = note("resolve", path, request)
    if (misbehaved(response, how)) return
    const content = files.get(path)
    if (content === undefined) return sendError(response, 404, "EntryNotFound")
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`)
      return sendError(response, request.headers.authorization === undefined ? 401 : 403, "GatedRepo")
    const large = content.length >= largeBytes
    const location = large
      ? `${addressOf(elsewhere)}/${encodeURIComponent(path)}`
      : `/cache/${encodeURIComponent(path)}`
    response.writeHead(large ? 302 : 307, {
      location,
      "x-repo-commit": fakeCommit,
      ...(large ? { "x-linked-etag": `"${hashesOf(content).sha256}"`, "x-linked-size": String(content.length) } : {}),
      ...how.headers
    })
    response.end()
  }

  const hub = await listen((request, response) => {
    const url = new URL(request.url!, addressOf(hub))
    const path = decodeURIComponent(url.pathname)
    const after = (start: string) => (path.startsWith(start) ? path.slice(start.length) : undefined)
    const revision = after(`/api/datasets/${repo}/revision/`)
    const folder = after(`/api/datasets/${repo}/tree/${fakeCommit}`)
    const file = after(`/datasets/${repo}/resolve/${fakeCommit}/`)
    const cached = after("/cache/")
    if (revision !== undefined) {
      const how = note("info", revision, request)
      if (misbehaved(response, how)) return
      if (revision !== "main" && revision !== fakeCommit) return sendError(response, 404, "RevisionNotFound")
      sendJson(response, { _id: "1", id: repo, sha: fakeCommit, gated: token === undefined ? false : "auto" })
    } else if (folder !== undefined) tree(request, response, folder.replace(/^\//, ""), url)
    else if (file !== undefined) resolve(request, response, file)
    else if (cached !== undefined) sendBytes(request, response, cached)
    else sendError(response, 404, "RepoNotFound")
  })

  return {
    endpoint: addressOf(hub),
    requests,
    sentBytes: () => sent,
    close: async () => {
      await Promise.all([closed(hub), closed(elsewhere)])
    }
  }
}
