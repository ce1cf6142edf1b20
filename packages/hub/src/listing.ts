/** What is in a data set, by `@huggingface/hub`; our own requests run below it, so it never holds the token. */
import type { ListFileEntry } from "@huggingface/hub"
import { Effect } from "effect"
import type { HubFile, HubFolder } from "./contract.ts"
import { badAnswer, HubError, networkProblem } from "./error.ts"
import { get, orCut, statusProblem } from "./http.ts"
import { listedFile, pathOf } from "./listed-file.ts"
import { withRetries } from "./retry.ts"
import type { HubSettings } from "./settings.ts"

type Library = typeof import("@huggingface/hub")

/** One page lists 1,000 files; a page or a list beyond these is none. */
const maxPageBytes = 64 * 2 ** 20
const maxEntries = 5_000_000

/** Slash-separated path, each part escaped. */
export const escaped = (path: string): string => path.split("/").map(encodeURIComponent).join("/")

const placeName = ({ repo, folder }: HubFolder): string => (folder === "" ? repo : `${repo}: ${folder}`)

const readAll = Effect.fnUntraced(function* (body: ReadableStream<Uint8Array>, where: string) {
  const parts: Array<Uint8Array> = []
  let bytes = 0
  const reader = body.getReader()
  for (;;) {
    const read = Effect.tryPromise({ try: () => reader.read(), catch: networkProblem(where) })
    const next = yield* orCut(read, where)
    if (next.done) return Buffer.concat(parts)
    bytes += next.value.length
    if (bytes > maxPageBytes) return yield* badAnswer(where, "a page of the list is longer than any hub's")
    parts.push(next.value)
  }
})

/** A mirror may pass on the hub's own links to further pages: they are asked of the mirror. */
const onEndpoint = ({ endpoint }: HubSettings, address: string): string | undefined => {
  if (!URL.canParse(address)) return undefined
  const url = new URL(address)
  return url.origin === new URL(endpoint).origin ? url.href : `${endpoint}${url.pathname}${url.search}`
}

/** One page, read whole before the library sees it: a page that is cut is asked for again. */
const page = Effect.fnUntraced(function* (settings: HubSettings, where: string, address: string, seen: Set<string>) {
  const url = onEndpoint(settings, address)
  if (url === undefined) return yield* badAnswer(where, "the list goes on at no address")
  if (seen.has(url)) return yield* badAnswer(where, "the list goes round in a circle")
  seen.add(url)
  const once = Effect.gen(function* () {
    const { response } = yield* get(settings, url, { accept: "application/json" }, where)
    const problem = yield* statusProblem(settings, response, where)
    if (problem !== undefined) return yield* problem
    const body = response.body === null ? Buffer.alloc(0) : yield* readAll(response.body, where)
    const link = response.headers.get("link")
    return new Response(body, { headers: { "content-type": "application/json", ...(link === null ? {} : { link }) } })
  })
  return yield* withRetries(url, Effect.scoped(once))
})

/** Runs a call of the library with requests of ours. It is loaded when first needed: other commands do without. */
const throughLibrary = Effect.fnUntraced(function* <A>(
  settings: HubSettings,
  where: string,
  use: (library: Library, fetchPage: typeof fetch) => Promise<A>
) {
  const library = yield* Effect.promise(() => import("@huggingface/hub"))
  const context = yield* Effect.context()
  const seen = new Set<string>()
  return yield* Effect.tryPromise({
    try: (signal) =>
      use(library, (input) =>
        Effect.runPromiseWith(context)(
          page(settings, where, input instanceof Request ? input.url : input.toString(), seen),
          {
            signal
          }
        )
      ),
    catch: (cause) => (cause instanceof HubError ? cause : badAnswer(where, "the answer is not the hub's", cause))
  })
})

/** The commit of a revision. */
export const commitOf = Effect.fn("ingest.hub.commit")(function* (
  settings: HubSettings,
  repo: string,
  revision: string
) {
  const where = `${repo} at ${revision}`
  const info = yield* throughLibrary(settings, where, (library, fetchPage) =>
    library.datasetInfo({
      name: repo,
      revision,
      additionalFields: ["sha"],
      hubUrl: settings.endpoint,
      fetch: fetchPage
    })
  )
  if (typeof info.sha === "string" && /^[0-9a-f]{40}$/.test(info.sha)) return info.sha
  return yield* badAnswer(where, "the hub names no commit")
})

/** Every entry of a folder through `keep`, a page at a time; what it gives other than undefined is collected. */
const entries = <A>(
  settings: HubSettings,
  place: HubFolder,
  recursive: boolean,
  keep: (entry: ListFileEntry) => A | undefined
) =>
  throughLibrary(settings, placeName(place), async (library, fetchPage) => {
    const kept: Array<A> = []
    const listed = library.listFiles({
      repo: { type: "dataset", name: place.repo },
      revision: place.commit,
      ...(place.folder === "" ? {} : { path: escaped(place.folder) }),
      recursive,
      hubUrl: settings.endpoint,
      fetch: fetchPage
    })
    let seen = 0
    for await (const entry of listed) {
      if (++seen > maxEntries) throw badAnswer(placeName(place), "the list does not end")
      const value = keep(entry)
      if (value !== undefined) kept.push(value)
    }
    return kept
  })

/** Every file below a folder, by path. */
export const filesBelow = Effect.fn("ingest.hub.files")(function* (settings: HubSettings, place: HubFolder) {
  const { repo, folder } = place
  const files = yield* entries<HubFile>(settings, place, true, (entry) => listedFile(repo, folder, entry))
  const byPath = new Map(files.map((file) => [file.path, file]))
  if (byPath.size < files.length) return yield* badAnswer(placeName(place), "the list names a file twice")
  if (files.length > 0) return files.toSorted((a, b) => (a.path < b.path ? -1 : 1))
  return yield* new HubError({
    reason: "NotFound",
    where: placeName(place),
    what: "holds no file",
    hint: "name another folder"
  })
})

/** Names of the folders directly below a folder, sorted. */
export const foldersBelow = Effect.fn("ingest.hub.folders")(function* (settings: HubSettings, place: HubFolder) {
  const paths = yield* entries(settings, place, false, (entry) => pathOf(entry, "directory"))
  return paths.map((path) => path.slice(path.lastIndexOf("/") + 1)).toSorted()
})
