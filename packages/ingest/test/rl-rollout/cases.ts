/** Made-up rollouts of trainers, of the tiny model. */
import rlRollout from "../../src/formats/rl-rollout/index.ts"
import { plainUnpickle } from "../codecs/pickle/plain-unpickle.ts"
import { unzipFile, zipFile } from "../codecs/pickle/plain-zip.ts"
import { type Py, PyArray, torchZip } from "../codecs/pickle/write-pickle.ts"
import type { FuzzCase } from "../fixtures/fuzz-case.ts"
import { type Files, judge, madeUp, shaped, type Tokens, type Verdict } from "../fixtures/rows.ts"

export const first = madeUp(5, 91)
export const second = madeUp(7, 92)
export const third = madeUp(4, 93)

export const ids = (type: string, tokens: Tokens): PyArray => new PyArray(type, [tokens.length, 2, 2], tokens.flat(2))

const tokenIds = (tokens: number): ReadonlyArray<number> => Array.from({ length: tokens }, (_, i) => 100 + i)

/** A sample as slime saves it: one token more than rows. */
export const slimeSample = (
  tokens: Tokens,
  made: number,
  group: number,
  more: { readonly [key: string]: Py } = {}
): Py => ({
  group_index: group,
  tokens: tokenIds(tokens.length + 1),
  response_length: made,
  rollout_routed_experts: ids("<i4", tokens),
  reward: 0.5,
  ...more
})

export const slime: Py = { rollout_id: 3, samples: [slimeSample(first, 3, 0), slimeSample(second, 2, 0)] }

const widths: Readonly<Record<string, number>> = { i4: 4 }

/** What a plain reader makes of such a file. */
const reference = (files: Files): ReadonlyArray<Verdict | undefined> | undefined => {
  const data = unzipFile(files.get("r.pt")!).find(([name]) => name.endsWith("data.pkl"))![1]
  const dictOf = (value: any): Map<unknown, any> | undefined =>
    value !== null && typeof value === "object" && "dict" in value ? new Map(value.dict) : undefined
  const samples: Array<Map<unknown, any>> = []
  const visit = (value: any): void => {
    const dict = dictOf(value)
    if (dict?.has("rollout_routed_experts")) samples.push(dict)
    else if (dict !== undefined) dict.forEach(visit)
    else if (Array.isArray(value)) value.forEach(visit)
    else if (value !== null && typeof value === "object" && "tuple" in value) value.tuple.forEach(visit)
  }
  visit(plainUnpickle(data))
  if (samples.length === 0) return undefined
  return samples.flatMap((sample): ReadonlyArray<Verdict | undefined> => {
    const { array } = sample.get("rollout_routed_experts")
    if (array.shape.length !== 3 || array.fortran || widths[array.code] === undefined) return [undefined]
    const view = new DataView(Uint8Array.from(array.raw as ReadonlyArray<number>).buffer)
    const values = Array.from({ length: view.byteLength / 4 }, (_, i) => view.getInt32(i * 4, true))
    const rows = shaped(values, array.shape[1], array.shape[2])
    const told = sample.get("tokens")
    const tokens = Array.isArray(told) && told.every((n) => typeof n === "number") ? told.length : rows.length
    const made = sample.get("response_length")
    const answer = typeof made === "number" ? made : 0
    if (!Number.isInteger(answer) || answer > tokens || answer < 0) return [undefined]
    if (tokens !== rows.length && tokens !== rows.length + 1) return [undefined]
    const flat = (rows.at(-1) ?? []).flat()
    const blank = flat.length > 0 && (flat.every((id) => id === 0) || flat.every((id) => id === -1))
    const kept = blank ? rows.slice(0, -1) : rows
    return kept.length === 0 ? [] : [judge(kept, Math.min(kept.length, tokens - answer))]
  })
}

const inside: FuzzCase["inside"] = (bytes, mutate) =>
  zipFile(
    unzipFile(bytes).map(([name, content]) => [name, name.endsWith("data.pkl") ? mutate(content) : content] as const)
  )

export const cases: ReadonlyArray<FuzzCase> = [
  { name: "rl-rollout", source: rlRollout, files: { "r.pt": torchZip(slime) }, reference, inside }
]
