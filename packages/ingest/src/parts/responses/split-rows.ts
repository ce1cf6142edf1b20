/** Which rows of a response are of the prompt: engines return those of the whole sequence, from a token on, or of the answer. */

/** Rows of one choice. */
export interface ChoiceRows {
  readonly rows: number
  /** How many of the last ones hold no routing, so that they may be padding. */
  readonly blank: number
  /** Tokens made, where that is known of this choice. */
  readonly made?: number
  /** First token that has a row, where the engine says so. */
  readonly start?: number
}

/** What is known of the lengths of a response. */
export interface Lengths {
  readonly prompt?: number
  /** Prompt tokens that came from the prefix cache. */
  readonly cached?: number
  /** Tokens made in all choices together. */
  readonly made?: number
  /** True where the engine may return rows of the answer without those of its prompt. */
  readonly answerAlone: boolean
  /** False where choices are not among those given, so that their tokens are fewer than those made. */
  readonly complete: boolean
}

/** How the rows of each choice divide. */
export interface Split {
  /** First token of the sequence that has a row. */
  readonly from: number
  /** `[choice]` leading rows that are of the prompt. */
  readonly front: ReadonlyArray<number>
  /** `[choice]` rows up to which tokens were run; those after them are padding. */
  readonly run: ReadonlyArray<number>
  /** True where the choices are of prompts of their own. */
  readonly ownPrompts?: boolean
}

interface Layout {
  readonly from: number
  readonly front: (choice: ChoiceRows) => number
}

/** Layouts in the order of how likely they are where several fit. */
const layouts = (
  choices: ReadonlyArray<ChoiceRows>,
  { prompt, cached = 0, answerAlone }: Lengths
): ReadonlyArray<Layout> => {
  const start = choices.find((choice) => choice.start !== undefined)?.start
  if (choices.some((choice) => (choice.start ?? 0) !== (start ?? 0))) return []
  const all = (from: number, front: number): ReadonlyArray<Layout> => [{ from, front: () => front }]
  if (prompt === undefined) {
    // The last token made is not run any more: what is left before the others is the prompt.
    const rest = ({ rows, made }: ChoiceRows) => (made === undefined ? -1 : rows - Math.max(0, made - 1))
    return [{ from: start ?? 0, front: rest }]
  }
  // A start of 0 is what engines say where nothing was asked for.
  if (start !== undefined && start > 0) return start <= prompt ? all(start, prompt - start) : []
  return [
    ...all(0, prompt),
    ...(cached > 0 && cached < prompt ? all(cached, prompt - cached) : []),
    ...(answerAlone ? all(prompt, 0) : [])
  ]
}

/**
 * Rows up to which tokens of a choice were run: one less than prompt and answer, since the last token made is not run any more;
 * rows after that hold no routing, or there is one for it all the same. Undefined where it cannot be.
 */
const runOf = ({ rows, blank }: ChoiceRows, front: number, made: number): number | undefined => {
  const run = front + Math.max(0, made - 1)
  if (rows === run || rows === front + made) return blank > 0 && rows > run ? run : rows
  // A request that was stopped before its first token may lack the row of the last prompt token.
  if (made === 0 && rows === front - 1) return rows
  return rows > run && rows - blank <= run ? run : undefined
}

/** The first layout in which every choice has as many rows as its tokens make; undefined where there is none. */
export const splitRows = (choices: ReadonlyArray<ChoiceRows>, lengths: Lengths): Split | undefined => {
  const [only] = choices
  const known =
    choices.length === 1 && lengths.complete && only!.made === undefined && lengths.made !== undefined
      ? [{ ...only!, made: lengths.made }]
      : choices
  for (const { from, front } of layouts(known, lengths)) {
    const fronts = known.map(front)
    if (fronts.some((each) => each < 0)) continue
    const run = known.every(({ made }) => made !== undefined)
      ? known.map((choice, i) => runOf(choice, fronts[i]!, choice.made!))
      : sharedRun(known, fronts, lengths)
    if (run?.every((each) => each !== undefined))
      return { from, front: fronts.map((each, i) => Math.min(each, run[i]!)), run }
  }
  return insideCache(known, lengths) ?? severalPrompts(known, lengths)
}

/** Rows that end where the sequence does and begin among the cached tokens: some engines compute these again in part. */
const insideCache = (choices: ReadonlyArray<ChoiceRows>, { prompt, cached = 0 }: Lengths): Split | undefined => {
  const [{ rows, made, start = 0 }, ...others] = choices as readonly [ChoiceRows, ...ReadonlyArray<ChoiceRows>]
  if (others.length > 0 || start > 0 || prompt === undefined || made === undefined) return undefined
  const from = prompt + Math.max(0, made - 1) - rows
  return from > 0 && from < cached && from < prompt ? { from, front: [prompt - from], run: [rows] } : undefined
}

/** Choices of several prompts in one response, whose lengths add up to the one that is told. */
const severalPrompts = (choices: ReadonlyArray<ChoiceRows>, { prompt, complete }: Lengths): Split | undefined => {
  if (!complete || choices.length < 2 || choices.some(({ made, start = 0 }) => made === undefined || start > 0))
    return undefined
  // The last token made is not run any more, but may have a row all the same.
  for (const more of [0, 1]) {
    const front = choices.map(({ rows, made }) => rows - Math.max(0, made! - 1) - more)
    const run = choices.map((choice, i) => runOf(choice, front[i]!, choice.made!))
    const fits = front.every((each) => each > 0) && front.reduce((sum, each) => sum + each, 0) === prompt
    if (fits && run.every((each) => each !== undefined)) return { from: 0, front, run, ownPrompts: true }
  }
  return undefined
}

/** The same where only the sum of the tokens made is known: each choice made as many as it has rows for, or one more. */
const sharedRun = (
  choices: ReadonlyArray<ChoiceRows>,
  fronts: ReadonlyArray<number>,
  { made, complete }: Lengths
): ReadonlyArray<number> | undefined => {
  if (made === undefined) return undefined
  const written = choices.map(({ rows, blank }) => rows - blank)
  // Rows without routing are padding where the others are enough.
  for (const run of [written, choices.map(({ rows }) => rows)]) {
    const after = run.reduce((sum, rows, i) => sum + rows - fronts[i]!, 0)
    const least = complete ? made - choices.length : 0
    if (run.every((rows, i) => rows >= fronts[i]!) && after >= least && after <= made) return run
  }
  return undefined
}

/** How many rows each layout would have, for a message about rows that fit none. */
export const rowsExpected = ({ prompt, cached = 0, made, answerAlone }: Lengths, start: number | undefined): string => {
  if (prompt === undefined || made === undefined) return ""
  const some = (rows: number) => `${Math.max(0, rows - 1)} or ${rows}`
  if (start !== undefined && start > 0) return `from token ${start} on there would be ${some(prompt + made - start)}`
  return [
    `the whole sequence has ${some(prompt + made)}`,
    ...(cached > 0 && cached < prompt ? [`without the ${cached} cached tokens ${some(prompt + made - cached)}`] : []),
    ...(answerAlone ? [`the answer alone ${some(made)}`] : [])
  ].join(", ")
}
