/** What a path says of a trace file: the data set's layout is `ORG/MODEL/BENCHMARK/SUBJECT/N.json`. */
import { findModel, type Model } from "@moira/core"
import * as path from "node:path"
import { benchmarkLanguage, fillRank } from "./benchmarks.ts"

/** A trace file with the labels that its path gives. */
export interface LabelledFile {
  /** As the user wrote it, with what was found below. */
  readonly path: string
  readonly benchmark: string
  readonly subject: string
  readonly language: string
  /** The file's number where its name is one. */
  readonly number: number | undefined
  /** `ORG/MODEL` where the catalogue knows it. */
  readonly model: Model | undefined
}

const unnamed = "unknown"

const parts = (file: string): ReadonlyArray<string> =>
  file.split(path.sep).filter((part) => part !== "" && part !== "." && part !== "..")

/** Folders name a model where the first is an organisation that publishes it: any folder may be called like a model. */
const modelOfFolders = (organisation: string, name: string): Model | undefined => {
  const model = findModel(`${organisation}/${name}`)
  const publishes = (alias: string) => alias.toLowerCase().startsWith(`${organisation.toLowerCase()}/`)
  return model?.aliases.some(publishes) === true ? model : undefined
}

type FolderLabels = Pick<LabelledFile, "benchmark" | "subject" | "language" | "model">

const labelFolder = (folder: string): FolderLabels => {
  const whole = parts(path.resolve(folder))
  const model = whole.length < 4 ? undefined : modelOfFolders(whole.at(-4)!, whole.at(-3)!)
  const folders = model === undefined ? parts(folder) : whole
  const benchmark = folders.at(-2) ?? unnamed
  return { benchmark, subject: folders.at(-1) ?? unnamed, language: benchmarkLanguage(benchmark), model }
}

/** Labels of the folder asked for last: files come folder by folder, a hundred thousand of them in some. */
let last: { readonly folder: string; readonly labels: FolderLabels } | undefined

/**
 * Labels of a file. Where the absolute path holds a known `ORG/MODEL` in its place, benchmark and subject are the
 * folders below it; else they are the last two folders that the user wrote, so that labels do not depend on where
 * the working directory lies.
 */
export const labelFile = (file: string): LabelledFile => {
  const folder = path.dirname(file)
  if (last?.folder !== folder) last = { folder, labels: labelFolder(folder) }
  const number = /^(\d{1,15})\.[^.]+$/.exec(path.basename(file))?.[1]
  return { path: file, ...last.labels, number: number === undefined ? undefined : Number(number) }
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/**
 * The order of requests in a trace: benchmarks in the study's fill order and then by name, subjects by name, files by
 * number and then by name.
 */
export const inFillOrder = (a: LabelledFile, b: LabelledFile): number =>
  fillRank(a.benchmark) - fillRank(b.benchmark) ||
  byText(a.benchmark, b.benchmark) ||
  byText(a.subject, b.subject) ||
  (a.number ?? Number.MAX_SAFE_INTEGER) - (b.number ?? Number.MAX_SAFE_INTEGER) ||
  byText(path.basename(a.path), path.basename(b.path)) ||
  byText(a.path, b.path)
