/** Numbers that specs, stores and results are made of. */
import { Schema } from "effect"

/** A whole number from 0 on: how many, or which one, counted from 0. */
export const Count = Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0)))

/** A whole number from 1 on. */
export const PositiveCount = Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(1)))

/** Whole picoseconds. */
export const Picoseconds = Count

/** A finite number from 0 on: of bytes, of picoseconds that are not rounded, a ratio. */
export const Amount = Schema.Finite.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0)))

/** A finite number above 0: bytes or FLOP a second, and sizes without which nothing works. */
export const Rate = Schema.Finite.pipe(Schema.check(Schema.isGreaterThan(0)))

/** A part of a whole, above 0 and at most 1. */
export const Share = Schema.Finite.pipe(
  Schema.check(Schema.isBetween({ minimum: 0, maximum: 1, exclusiveMinimum: true }))
)

/** What is kept of a whole that must not be used up: from 0 to 0.95. */
export const ReservedShare = Schema.Finite.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 0.95 })))
