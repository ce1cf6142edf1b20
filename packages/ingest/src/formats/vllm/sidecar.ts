/** The JSON beside an `.npy` array of routed experts, which gives the lengths of prompt and output. */
import { besideFault, ContentFault } from "../../fault/content-fault.ts"
import { JsonCursor } from "../../codecs/json/cursor.ts"
import { readBounded } from "../../codecs/bytes/read-bounded.ts"

export interface Sidecar {
  readonly promptTokens: number
  readonly outputTokens: number
  readonly experts: number | undefined
  readonly shape: ReadonlyArray<number> | undefined
  readonly sha256: string | undefined
  /** The recorder's own verdict, such as `PASS` or `FAIL`. */
  readonly verdict: string | undefined
}

const maxBytes = 2 ** 20

const promptNames: ReadonlySet<string> = new Set(["input_token_count", "prompt_tokens"])
const outputNames: ReadonlySet<string> = new Set(["output_token_count", "completion_tokens"])

const parse = (bytes: Uint8Array): Sidecar => {
  const cursor = new JsonCursor(bytes)
  let [promptTokens, outputTokens, experts] = [-1, -1, undefined as number | undefined]
  let shape: Array<number> | undefined
  let [sha256, verdict] = [undefined as string | undefined, undefined as string | undefined]
  cursor.object((key) => {
    if (promptNames.has(key)) promptTokens = cursor.count()
    else if (outputNames.has(key)) outputTokens = cursor.count()
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
  if (promptTokens < 0 || outputTokens < 0)
    throw new ContentFault("WrongShape", "byte 0", "does not give input_token_count and output_token_count")
  return { promptTokens, outputTokens, experts, shape, sha256, verdict }
}

/** Throws `FileFault`, which names the sidecar rather than the array. */
export const readSidecar = (file: string): Sidecar => {
  try {
    return parse(readBounded(file, maxBytes))
  } catch (cause) {
    throw besideFault(file, cause)
  }
}
