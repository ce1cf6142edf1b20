/** `meta_info.json` of a TensorRT-LLM expert statistic. */
import * as path from "node:path"
import { besideFault, ContentFault } from "../../fault/content-fault.ts"
import { JsonCursor } from "../../codecs/json/cursor.ts"
import { readBounded } from "../../codecs/bytes/read-bounded.ts"

export interface MetaInfo {
  readonly experts: number
  readonly topK: number
}

const maxBytes = 2 ** 20

const parse = (bytes: Uint8Array): MetaInfo => {
  const cursor = new JsonCursor(bytes)
  let [experts, topK] = [-1, -1]
  cursor.object((key) => {
    if (key === "num_experts") experts = cursor.count()
    else if (key === "num_experts_per_token") topK = cursor.count()
    else cursor.skip()
  })
  cursor.finish()
  if (experts < 1 || topK < 1)
    throw new ContentFault("WrongShape", "byte 0", "does not give num_experts and num_experts_per_token")
  return { experts, topK }
}

/** Where the one of a rank's file is. */
export const metaInfoFile = (rankFile: string): string => path.join(path.dirname(rankFile), "meta_info.json")

/** Reads the one beside a rank's file. Throws `FileFault`, which names it. */
export const readMetaInfo = (rankFile: string): MetaInfo => {
  const file = metaInfoFile(rankFile)
  try {
    return parse(readBounded(file, maxBytes))
  } catch (cause) {
    throw besideFault(file, cause)
  }
}
