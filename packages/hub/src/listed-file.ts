/** Entries of a listing: other people's data, so nothing in them is believed. */
import { Predicate } from "effect"
import type { HubFile } from "./contract.ts"
import type { Checksum } from "./digest.ts"
import { badAnswer, HubError } from "./error.ts"

/** Endings of the files that a download keeps beside its target. */
export const partEnding = ".part"
export const tagEnding = ".part.etag"

/** A trace is some megabytes; a declared size beyond this is a mistake or an attack. */
const maxFileBytes = 4 * 2 ** 30

const shown = (path: string): string => JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}...` : path)

/** Why a listed path may not become a local one, under the rules of any system; undefined where it may. */
const unsafe = (path: string, folder: string): string | undefined => {
  const parts = path.split("/")
  if (parts.includes("..") || parts.includes(".")) return "climbs out of its folder"
  if (parts.includes("")) return "is absolute or has an empty part"
  // Control characters are what is looked for here, so the rule against them does not apply.
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f\\]/.test(path)) return "holds a control character or backslash"
  if (parts.some((part) => /^[A-Za-z]:/.test(part))) return "names a drive"
  if (parts.some((part) => Buffer.byteLength(part) > 240)) return "has a part that is too long for a file name"
  if (path.endsWith(partEnding) || path.endsWith(tagEnding)) return "is named like an unfinished download"
  if (folder !== "" && !path.startsWith(`${folder}/`)) return "lies outside the folder that was asked for"
  return undefined
}

const unsafePath = (repo: string, path: string, why: string): HubError =>
  new HubError({
    reason: "UnsafePath",
    where: repo,
    what: `the listed file ${shown(path)} ${why}`,
    hint: "nothing was fetched; tell the owner of the data set"
  })

const hex = (value: unknown, digits: number): value is string =>
  typeof value === "string" && value.length === digits && /^[0-9a-f]+$/.test(value)

const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

/** Large files carry a SHA-256, small ones git's own SHA-1. */
const checksumIn = (entry: object): { readonly checksum: Checksum; readonly bytes: unknown } | undefined => {
  if (Predicate.hasProperty(entry, "lfs") && entry.lfs !== undefined && entry.lfs !== null) {
    const lfs = entry.lfs
    if (!Predicate.hasProperty(lfs, "oid") || !Predicate.hasProperty(lfs, "size") || !hex(lfs.oid, 64)) return undefined
    return { checksum: { algorithm: "sha256", hex: lfs.oid }, bytes: lfs.size }
  }
  if (!Predicate.hasProperty(entry, "oid") || !Predicate.hasProperty(entry, "size") || !hex(entry.oid, 40))
    return undefined
  return { checksum: { algorithm: "git-sha1", hex: entry.oid }, bytes: entry.size }
}

/** The path of an entry, where it is of the type asked for. */
export const pathOf = (entry: unknown, type: "file" | "directory"): string | undefined =>
  Predicate.hasProperty(entry, "type") && entry.type === type && Predicate.hasProperty(entry, "path")
    ? String(entry.path)
    : undefined

/** A file of a listing of `folder`; undefined for what is no file. Throws the HubError of an entry that cannot be. */
export const listedFile = (repo: string, folder: string, entry: unknown): HubFile | undefined => {
  const path = pathOf(entry, "file")
  if (path === undefined) return undefined
  const why = unsafe(path, folder)
  if (why !== undefined) throw unsafePath(repo, path, why)
  const found = checksumIn(entry as object)
  if (found === undefined) throw badAnswer(repo, `the list gives no checksum for ${shown(path)}`)
  const { checksum, bytes } = found
  if (!isSize(bytes)) throw badAnswer(repo, `the list gives no size for ${shown(path)}`)
  if (bytes <= maxFileBytes) return { path, bytes, checksum }
  throw new HubError({
    reason: "TooLarge",
    where: `${repo}: ${path}`,
    what: `is listed with ${bytes} bytes, more than the ${maxFileBytes} of the largest trace file that is believed`,
    hint: "nothing was fetched; narrow the path to leave it out"
  })
}
