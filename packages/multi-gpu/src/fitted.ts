/** Constants that were fitted to measurements of H100 GPUs; tests compare them with the calibration files they come from. */
import type { Dtype } from "@moira/hardware/calibration"
import type { ExpertTimeConstants } from "@moira/hardware"
import type { LowLatencyConstants, NormalConstants } from "./exchange/kernels.ts"

/** Constants of one direction of both kernel families. */
export interface DirectionConstants {
  readonly normal: NormalConstants
  readonly lowLatency: LowLatencyConstants
}

export interface ExchangeConstants {
  readonly dispatch: DirectionConstants
  readonly combine: DirectionConstants
}

/** `packages/multi-gpu/calibration/exchange-h100.json`: eight H100 of one node. */
export const exchangeConstants: ExchangeConstants = {
  dispatch: {
    normal: { fixedPs: 25411400, tokenBytesPerSec: 7028980000, processorBytesPerSec: 19852000000, perTokenPs: 413796 },
    lowLatency: {
      fixedPs: 7875750,
      tokenBytesPerSec: 6932390000,
      perExpertPs: 15001.9,
      linkShare: 0.545566,
      processorBytesPerSec: 2286600000
    }
  },
  combine: {
    normal: { fixedPs: 23979200, tokenBytesPerSec: 590926000, processorBytesPerSec: 26736200000, perTokenPs: 875004 },
    lowLatency: {
      fixedPs: 9513480,
      tokenBytesPerSec: 14312900000,
      perExpertPs: 6149.16,
      linkShare: 0.48912,
      processorBytesPerSec: 12625100000
    }
  }
}

/** What the one-GPU fit found of an H100, without the peak. */
export type FittedExperts = Omit<ExpertTimeConstants, "peakFlopsPerSec">

/** `packages/hardware/calibration/moe-layer-activations-h100.json`: one H100; `bytesPerSec` is achieved. */
export const expertConstants: Record<Dtype, FittedExperts> = {
  bfloat16: {
    perExpertPs: 0,
    fixedPs: 24504300,
    activationBytes: 13.7539,
    bytesPerSec: 3023380000000,
    efficiency: 0.911783,
    corner: 1.72905
  },
  fp8: {
    perExpertPs: 0,
    fixedPs: 29466200,
    activationBytes: 15.0659,
    bytesPerSec: 2983260000000,
    efficiency: 0.82607,
    corner: 2.42617
  },
  fp8_block: {
    perExpertPs: 0,
    fixedPs: 51744900,
    activationBytes: 35.891,
    bytesPerSec: 3121460000000,
    efficiency: 0.417817,
    corner: 2.18699
  }
}
