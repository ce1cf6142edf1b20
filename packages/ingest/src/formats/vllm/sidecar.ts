/** The JSON beside an `.npy` array of routed experts, which gives the lengths of prompt and output. */
import { besideFault, ContentFault } from "../../fault/content-fault.ts"
import { JsonCursor } from "../../codecs/json/cursor.ts"
import { readBounded } from "../../codecs/bytes/read-bounded.ts"

export interface Sidecar {
  readonly promptTokens: number
  /** Left out where all rows after the prompt are of the answer. */
  readonly outputTokens: number | undefined
  /** First token that has a row. */
  readonly start?: number
  /** Prompt tokens that came from the prefix cache. */
  readonly cachedTokens?: number
  readonly experts: number | undefined
  readonly shape: ReadonlyArray<number> | undefined
  readonly sha256: string | undefined
  /** The recorder's own verdict, such as `PASS` or `FAIL`. */
  readonly verdict: string | undefined
}

/** Where the JSON of an array is. */
export const sidecarOf = (array: string): string => `${array.replace(/\.[^.]+$/, "")}.json`

const maxBytes = 2 ** 20

const promptNames: ReadonlySet<string> = new Set(["input_token_count", "prompt_tokens"])
const outputNames: ReadonlySet<string> = new Set(["output_token_count", "completion_tokens"])

const parse = (bytes: Uint8Array): Sidecar => {
  const cursor = new JsonCursor(bytes)
  let promptTokens: number | undefined
  let [outputTokens, experts] = [undefined as number | undefined, undefined as number | undefined]
  let [start, cachedTokens] = [undefined as number | undefined, undefined as number | undefined]
  let shape: Array<number> | undefined
  let [sha256, verdict] = [undefined as string | undefined, undefined as string | undefined]
  cursor.object((key) => {
    if (promptNames.has(key)) promptTokens = cursor.count()
    else if (outputNames.has(key)) outputTokens = cursor.count()
    else if (key === "routed_experts_prompt_start" || key === "start") start = cursor.count()
    else if (key === "cached_tokens") cachedTokens = cursor.count()
    else if (key === "experts_from_model_config") experts = cursor.count()
    else if (key === "array_sha256") sha256 = cursor.string()
    else if (key === "validation_status") verdict = cursor.string()
    else if (key === "shape") {
      const sizes: Array<number> = []
      cursor.list(() => sizes.push(cursor.count()))
      shape = sizes
    } else cursor.skip()
  })
  cursor.finish()
  if (promptTokens === undefined)
    throw new ContentFault(
      "WrongShape",
      "byte 0",
      "does not say how many tokens the prompt has",
      'write {"input_token_count": N, "output_token_count": M} into it'
    )
  return {
    promptTokens,
    outputTokens,
    experts,
    shape,
    sha256,
    verdict,
    ...(start === undefined ? {} : { start }),
    ...(cachedTokens === undefined ? {} : { cachedTokens })
  }
}

/** Throws `FileFault`, which names the sidecar rather than the array. */
export const readSidecar = (file: string): Sidecar => {
  try {
    return parse(readBounded(file, maxBytes))
  } catch (cause) {
    throw besideFault(file, cause)
  }
}
