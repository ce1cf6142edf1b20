/**
 * Safe speculation: the files of a corpus are written by one program, so apart from the ids one row looks like the next
 * and one decode step like the next. Once the strict machine has accepted a unit (a prefill row or a decode step), its
 * bytes around the ids are a template. As long as the file repeats the template byte for byte, and has between those
 * bytes ids of 1-3 digits that are in range and differ within a row, the strict machine would accept it too: equal bytes
 * in the same state of the grammar. So nothing but ids needs to be understood. At the first difference, whatever
 * it is, the machine goes on at the end of the last whole unit, and so every fault is the machine's, to the byte.
 *
 * What makes it sound:
 * - A unit is accepted with the bytes that close it. Without them the last unit of a run would be accepted on the
 *   strength of an opening that nobody has seen.
 * - A template belongs to a state of the grammar: that of rows holds between two rows of any prefill; that of steps
 *   holds after any step of a file with the same layers in the same order. So it lasts from file to file until a first
 *   step names its layers in another order (`forget`).
 * - Whether a byte is a digit is told by the top bit of each byte lane, of which there are four; the sign bit is only
 *   one of them. A digit-looking byte (0x3a, 0xb1) lengthens an id but cannot pass that test.
 * - The byte after the file is a zero. No template holds a zero and no id does, so no unit reaches past the end.
 */
import { learnTemplate, type Template } from "./template.ts"
import type { Workspace } from "./workspace.ts"

/** An engine's loop over the units that fit a template. */
export interface Matcher {
  /** Readies a template, for a slot of its own. */
  readonly prepare: (template: Template, slot: Slot) => void
  /**
   * How many units from `at` fit the template of `slot`; their ids are put at `ids[count]` and on, as many units as there
   * is room for.
   */
  readonly match: (slot: Slot, at: number, count: number) => number
  /** Where the last unit that fitted ends. */
  readonly end: () => number
}

export type Slot = 0 | 1

/** After so many vain attempts in a row a file is left to the strict machine. */
const maxMisses = 16

/** Speculation about one kind of unit. */
export class Guess {
  private readonly matcher: Matcher
  private readonly workspace: Workspace
  private readonly slot: Slot
  private readonly rows: number
  private readonly topK: number
  private known = false
  private misses = 0

  constructor(matcher: Matcher, workspace: Workspace, slot: Slot, rows: number, topK: number) {
    this.matcher = matcher
    this.workspace = workspace
    this.slot = slot
    this.rows = rows
    this.topK = topK
  }

  /** A new file. */
  begin(): void {
    this.misses = 0
  }

  /** Drops the template. */
  forget(): void {
    this.known = false
  }

  /** Where the last unit taken ends. */
  get end(): number {
    return this.matcher.end()
  }

  /**
   * Takes units from `at`, where the strict machine has accepted one that began at `from` (-1 when nothing can be learned
   * from it), and returns how many.
   */
  take(from: number, at: number, count: number): number {
    if (this.misses >= maxMisses) return 0
    let taken = this.known ? this.matcher.match(this.slot, at, count) : 0
    if (taken === 0 && from >= 0) {
      const template = learnTemplate(this.workspace.bytes.subarray(from, at), this.rows, this.topK)
      this.known = template !== undefined
      if (template !== undefined) {
        this.matcher.prepare(template, this.slot)
        taken = this.matcher.match(this.slot, at, count)
      }
    }
    this.misses = taken > 0 ? 0 : this.misses + 1
    return taken
  }
}

/** What a strict machine may skip: rows of a prefill and whole decode steps. */
export interface Speculation {
  readonly rows: Guess
  readonly steps: Guess
}

export const speculate = (
  matcher: Matcher,
  workspace: Workspace,
  shape: { readonly moeLayers: number; readonly topK: number }
): Speculation => ({
  rows: new Guess(matcher, workspace, 0, 1, shape.topK),
  steps: new Guess(matcher, workspace, 1, shape.moeLayers, shape.topK)
})
