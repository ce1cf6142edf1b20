/** Energy prices of the machines of Table I. The study gives none: these are the nearest that others print, as bounds. */
import type { EnergyCosts } from "@moira/hardware"

const hbm = {
  picojoules: 3.9,
  source: "HBM2, O'Connor et al., Fine-Grained DRAM, MICRO 2017; the figure is recalled, and older than these memories"
}

/** Dojo's dies carry 112G SerDes on every edge. */
const serdes = {
  picojoules: 5.5,
  source: "112G SerDes, as compared with NVLink-C2C by its maker; an upper bound for lanes of a few millimetres"
}

/** Dies side by side on a redistribution layer or interposer. */
const onWafer = {
  picojoules: 0.3,
  source: "UCIe 2.5D (advanced package), 0.25 to 0.3 pJ/bit by its consortium; the upper end"
}

const h100 = {
  picojoules: 0.71,
  source:
    "700 W of an H100 SXM board over 989 TFLOPS dense 16-bit (data sheet): an upper bound, memory and idle included"
}

const b200 = {
  picojoules: 0.44,
  source: "1000 W of a B200 over 2250 TFLOPS dense 16-bit (data sheet): an upper bound, memory and idle included"
}

export const dojoEnergy: EnergyCosts = { memoryBit: hbm, linkBit: serdes, flop: h100 }
export const tsmcSowEnergy: EnergyCosts = { memoryBit: hbm, linkBit: onWafer, flop: h100 }
export const dojoEnhancedEnergy: EnergyCosts = { memoryBit: hbm, linkBit: serdes, flop: b200 }
