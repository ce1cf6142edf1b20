/** Which rows of a sample are prompt and which were made: from lengths, masks and ids that trainers keep beside them. */
import { ContentFault } from "../../fault/content-fault.ts"
import type { AssumedPhase } from "../../source.ts"
import type { Numbers } from "../../parts/numbers.ts"
import type { Sample } from "./samples.ts"

/** Rows `from` to `made` are given to the model (a prompt, or what a tool answered), those to `to` it made. */
export interface Turn {
  readonly from: number
  readonly made: number
  readonly to: number
}

export interface Rows {
  /** First row of the sample in its array, which may be padded in front. */
  readonly offset: number
  /** Tokens of the sample; the last may have no row. */
  readonly tokens: number
  readonly turns: ReadonlyArray<Turn>
  /** Tokens before the first row, which the engine had in its cache. */
  readonly cached: number
  /** True where nothing in the file tells prompt from answer. */
  readonly assumed: boolean
}

const names = {
  start: ["routed_experts_start", "start"],
  tokens: ["tokens", "input_ids", "token_ids", "prompt_completion_ids"],
  promptIds: ["prompt_ids", "prompt_token_ids", "prompts"],
  madeIds: ["completion_ids", "response_ids", "output_token_ids", "output_ids", "responses"],
  attention: ["attention_mask"],
  length: ["input_lengths", "total_lengths", "total_length", "unpadded_sequence_lengths"],
  made: ["response_length", "response_lengths", "completion_length", "generation_length", "generation_lengths"],
  prompt: ["prompt_length", "prompt_lengths", "prompt_len"],
  mask: [
    "loss_mask",
    "loss_masks",
    "response_mask",
    "completion_mask",
    "token_mask",
    "token_loss_mask",
    "assistant_mask"
  ]
} as const

const fault = (what: string, hint: string) => new ContentFault("WrongShape", "", what, hint)

/** A length as one whole number; undefined where there is none. */
const lengthOf = (sample: Sample, which: ReadonlyArray<string>): number | undefined => {
  const value = sample.value(which)
  const number = typeof value === "number" ? value : sample.numbers(which)?.read()[0]
  if (number === undefined) return undefined
  if (Number.isSafeInteger(number) && number >= 0) return number
  throw fault(`${which[0]} is ${number}`, "a length is a whole number from 0 on")
}

const flat = (numbers: Numbers | undefined): ArrayLike<number> | undefined =>
  numbers === undefined || numbers.shape.length !== 1 ? undefined : numbers.read()

/** Where the ones of a mask begin and end; undefined where there are none. */
const span = (mask: ArrayLike<number>): readonly [number, number] | undefined => {
  let from = 0
  while (from < mask.length && mask[from] === 0) from++
  let to = mask.length
  while (to > from && mask[to - 1] === 0) to--
  return from === to ? undefined : [from, to]
}

/** First token of the sample and how many it has, in an array of `rows` places. */
const extent = (sample: Sample, rows: number): readonly [offset: number, tokens: number | undefined] => {
  const attention = flat(sample.numbers(names.attention))
  if (attention !== undefined && attention.length >= rows) {
    const found = span(attention)
    if (found === undefined) throw fault("its attention_mask holds no token", "leave the sample out with --skip-bad")
    return [found[0], found[1] - found[0]]
  }
  const told = lengthOf(sample, names.length)
  if (told !== undefined) return [0, told]
  const ids = sample.numbers(names.tokens)
  if (ids !== undefined && !sample.padded && ids.shape.length === 1) return [0, ids.shape[0]!]
  const [prompt, made] = [sample.numbers(names.promptIds), sample.numbers(names.madeIds)]
  if (!sample.padded && prompt?.shape.length === 1 && made?.shape.length === 1)
    return [0, prompt.shape[0]! + made.shape[0]!]
  return [0, undefined]
}

/** Turns of a mask over all tokens: each run of zeros, and the ones after it. */
const turnsOf = (mask: ArrayLike<number>, offset: number, tokens: number): ReadonlyArray<Turn> => {
  const turns: Array<Turn> = []
  for (let at = 0; at < tokens;) {
    let made = at
    while (made < tokens && mask[offset + made] === 0) made++
    let to = made
    while (to < tokens && mask[offset + to] !== 0) to++
    turns.push({ from: at, made, to })
    at = to
  }
  return turns
}

const isMask = (mask: ArrayLike<number>): boolean => {
  for (let i = 0; i < mask.length; i++) if (mask[i] !== 0 && mask[i] !== 1) return false
  return span(mask) !== undefined
}

/**
 * The rows of a sample whose array has `rows` places. Throws `ContentFault` without a place where lengths and masks do not fit.
 */
export const rowsOf = (sample: Sample, rows: number, phase: AssumedPhase | undefined): Rows => {
  const cached = lengthOf(sample, names.start) ?? 0
  const [offset, told] = extent(sample, rows + cached)
  const made = lengthOf(sample, names.made) ?? (sample.padded ? undefined : sample.numbers(names.madeIds)?.shape[0])
  const ownPrompt =
    lengthOf(sample, names.prompt) ?? (sample.padded ? undefined : sample.numbers(names.promptIds)?.shape[0])
  const mask = flat(sample.numbers(names.mask))
  const usable = mask !== undefined && isMask(mask)
  // Without any count of tokens all rows are tokens, and the last one has made none.
  const tokens = told ?? (ownPrompt !== undefined && made !== undefined ? ownPrompt + made : rows + cached)
  const base = { offset, tokens, cached, assumed: false }
  const beyond = (what: string) =>
    fault(`${what}, where the sample has ${tokens} tokens`, "lengths and masks of a sample go with its tokens")
  // A mask over all tokens, or over those after the prompt alone.
  if (usable && (mask.length >= rows + cached || (!sample.padded && mask.length === tokens)))
    return { ...base, turns: turnsOf(mask, sample.padded ? offset : 0, tokens) }
  // In a batch prompts and answers lie in blocks as wide as the longest of each.
  const block = sample.padded ? (usable ? mask.length : sample.numbers(names.madeIds)?.shape[0]) : undefined
  const blockAnswer = block === undefined ? undefined : tokens - (rows + cached - block - offset)
  const answer =
    made ??
    (ownPrompt === undefined ? undefined : tokens - ownPrompt) ??
    blockAnswer ??
    (usable ? mask.length : undefined)
  if (answer === undefined) {
    const wholly = phase === "decode" ? 0 : tokens
    return { ...base, turns: [{ from: 0, made: wholly, to: tokens }], assumed: true }
  }
  if (answer > tokens || answer < 0) throw beyond(`an answer of ${answer} tokens`)
  const prompt = tokens - answer
  if (!usable || mask.length < answer) return { ...base, turns: [{ from: 0, made: prompt, to: tokens }] }
  // Zeros at the start of an answer are of its prompt; those inside are what tools answered.
  const later = turnsOf(mask, 0, answer).map(({ from, made: at, to }) => ({
    from: from + prompt,
    made: at + prompt,
    to: to + prompt
  }))
  const [head, ...tail] = later
  return {
    ...base,
    turns: head === undefined ? [{ from: 0, made: prompt, to: tokens }] : [{ ...head, from: 0 }, ...tail]
  }
}
