/** The Hugging Face hub, or a mirror of it, as a `Hub`. */
import { Effect } from "effect"
import type { HubApi, HubBody, HubFile, HubFolder, Resume } from "./contract.ts"
import { badAnswer, HubError } from "./error.ts"
import { get, statusProblem } from "./http.ts"
import { commitOf, escaped, filesBelow, foldersBelow } from "./listing.ts"
import { readSettings, type HubSettings } from "./settings.ts"

/** Weak tags do not vouch for bytes (RFC 9110, section 13.1.5). */
const strongEtag = (headers: Headers): string | undefined => {
  const etag = headers.get("etag") ?? ""
  return /^"[^"]*"$/.test(etag) ? etag : undefined
}

const changed = (where: string, what: string) =>
  new HubError({
    reason: "Changed",
    where,
    what,
    hint: "run the same command again; it lists the files anew"
  })

/** For a large file the hub names its SHA-256 before it sends the reader elsewhere. */
const linkedHash = (linkedEtag: string | undefined): string | undefined => {
  const linked = linkedEtag?.replaceAll(/^(?:W\/)?"|"$/g, "") ?? ""
  return /^[0-9a-f]{64}$/.test(linked) ? linked : undefined
}

/** The tag of an answer: its strong entity tag, which has quotes, else the hash that the hub named, which has none. */
const tagOf = (headers: Headers, hash: string | undefined): string | undefined => strongEtag(headers) ?? hash

const isEtag = (tag: string): boolean => tag.startsWith('"')

/** First byte and total of `Content-Range: bytes FIRST-LAST/TOTAL`. */
const contentRange = (headers: Headers) => {
  const match = /^bytes (\d{1,15})-\d{1,15}\/(\d{1,15}|\*)$/.exec(headers.get("content-range") ?? "")
  return match === null ? undefined : { first: Number(match[1]), total: match[2]! }
}

/** What a success says: a body, that resuming is out, or that the server makes no sense. */
const bodyOf = (
  response: Response,
  hash: string | undefined,
  file: HubFile,
  resume: Resume | undefined
): HubBody | undefined | HubError => {
  const { headers, body } = response
  const content = body ?? new Blob([]).stream()
  if (response.status === 206 && resume !== undefined) {
    const range = contentRange(headers)
    const sameTag = resume.tag === (isEtag(resume.tag) ? strongEtag(headers) : hash)
    const sameSize = range?.total === "*" || Number(range?.total) === file.bytes
    // Decoded bytes of an encoded part have other positions than those asked for.
    const asAsked = range?.first === resume.offset && !headers.has("content-encoding")
    return sameTag && sameSize && asAsked ? { offset: resume.offset, tag: resume.tag, content } : undefined
  }
  if (response.status !== 200) return badAnswer(file.path, `the hub answered with status ${response.status}`)
  const declared = headers.has("content-encoding") ? null : headers.get("content-length")
  if (declared !== null && Number(declared) !== file.bytes)
    return changed(file.path, `has ${declared} bytes now, the list says ${file.bytes}`)
  return { offset: 0, tag: tagOf(headers, hash), content }
}

/** An entity tag makes the server itself check that the file is the same; a hash is checked when it answers. */
const rangeHeaders = (resume: Resume | undefined): Record<string, string> => {
  if (resume === undefined) return { "accept-encoding": "identity" }
  const range = { range: `bytes=${resume.offset}-` }
  return isEtag(resume.tag) ? { ...range, "if-range": resume.tag } : range
}

const openFile = Effect.fnUntraced(function* (
  settings: HubSettings,
  { repo, commit }: HubFolder,
  file: HubFile,
  resume: Resume | undefined
) {
  const url = `${settings.endpoint}/datasets/${repo}/resolve/${commit}/${escaped(file.path)}`
  const { response, linkedEtag } = yield* get(settings, url, rangeHeaders(resume), file.path)
  if (response.status === 416 && resume !== undefined) return undefined
  const problem = yield* statusProblem(settings, response, file.path)
  if (problem !== undefined) return yield* problem
  const hash = linkedHash(linkedEtag)
  if (hash !== undefined && file.checksum.algorithm === "sha256" && hash !== file.checksum.hex)
    return yield* changed(file.path, "is another file now than the one that was listed")
  const body = bodyOf(response, hash, file, resume)
  return body instanceof HubError ? yield* body : body
})

const badRepo = (repo: string) =>
  new HubError({
    reason: "BadOption",
    where: `--repo ${repo}`,
    what: "is not the name of a data set",
    hint: "give OWNER/NAME"
  })

const repoName = /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[\w.-]+\/[\w.-]+$/

/** Reads the settings and gives the four methods. */
export const makeHuggingFace = Effect.gen(function* () {
  const { HUB_URL } = yield* Effect.promise(() => import("@huggingface/hub"))
  const settings = yield* readSettings(HUB_URL)
  const api: HubApi = {
    commit: (repo, revision) => (repoName.test(repo) ? commitOf(settings, repo, revision) : Effect.fail(badRepo(repo))),
    files: (place) => filesBelow(settings, place),
    folders: (place) => foldersBelow(settings, place),
    open: (place, file, resume) => openFile(settings, place, file, resume)
  }
  return api
})
