/** What a format's author gives to the conformance kit. */
import type { Model } from "@moira/core"
import { Effect } from "effect"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import type { IngestReason } from "../fault/error.ts"

/** Files of a fixture: path inside the fixture's folder to content. */
export type FixtureFiles = Readonly<Record<string, string | Uint8Array>>

/** What one request must come out as; what is left out is not compared. */
export interface ExpectedRequest {
  readonly prefillTokens: number
  readonly decodeTokens: number
  readonly benchmark?: string
  readonly subject?: string
  readonly language?: string
  /** `[layerIndex][token][k]`. */
  readonly ids?: ReadonlyArray<number>
}

export interface AcceptedFixture {
  readonly name: string
  readonly files: FixtureFiles
  readonly model: string | Model
  /** In the order that the source must give. */
  readonly requests: ReadonlyArray<ExpectedRequest>
  /**
   * Claims that a cut between two lines leaves a shorter good file, as in formats of records that do not say how many
   * they are. Such a cut may be accepted then, if what it gives is the beginning of the whole; all others are refused.
   * A claim that no cut bears out fails.
   */
  readonly linesStandAlone?: true
}

export interface RefusedFixture {
  readonly name: string
  readonly files: FixtureFiles
  /** Left out where the paths name it, or where that it is unknown is the point. */
  readonly model?: string | Model
  readonly reason: IngestReason
  /** Text that the error's `where` must hold, for example `byte 12, layer 3`. */
  readonly where?: string
}

export interface Fixtures {
  readonly accepted: ReadonlyArray<AcceptedFixture>
  readonly refused: ReadonlyArray<RefusedFixture>
  /** Random places at which each accepted file is cut, besides its ends; 64 when left out. */
  readonly cuts?: number
  readonly seed?: number
}

/** Writes files below a new folder that goes with the scope, and gives its path. */
export const fixtureFolder = (files: FixtureFiles) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const folder = fs.mkdtempSync(path.join(os.tmpdir(), "moira-fixture-"))
      for (const [name, content] of Object.entries(files)) {
        fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
        fs.writeFileSync(path.join(folder, name), content)
      }
      return folder
    }),
    (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
  )
