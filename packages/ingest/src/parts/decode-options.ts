/** The part of a reader's options that decoders are told. */
import type { DecodeOptions, ReadOptions } from "../source.ts"

/** Only what was asked for, so that equal options are equal values. */
export const decodeOptions = ({ phase, promptTokens, sourceHash }: ReadOptions): DecodeOptions => ({
  ...(phase === undefined ? {} : { phase }),
  ...(promptTokens === undefined ? {} : { promptTokens }),
  ...(sourceHash === undefined ? {} : { sourceHash })
})
