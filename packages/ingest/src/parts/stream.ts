/** Plain generators of requests as the streams of the contract. */
import type { TraceRequest } from "@moira/trace"
import { Effect, Stream } from "effect"
import { contentError } from "../fault/content-error.ts"
import { IngestError } from "../fault/error.ts"
import type { Decoded } from "../source.ts"
import { isBadRecord } from "./bad-record.ts"

/** Something to read requests from; `path` is what errors name. */
export interface Item {
  readonly path: string
}

/** Requests of one item; the generator is closed, and with it its file, when the stream ends early. */
const ofItem = <I extends Item>(item: I, read: (item: I) => Iterable<Decoded>) =>
  Stream.unwrap(
    Effect.map(
      Effect.acquireRelease(
        Effect.sync(() => read(item)[Symbol.iterator]()),
        (requests) => Effect.sync(() => requests.return?.())
      ),
      (requests) =>
        Stream.unfold(undefined, () =>
          Effect.andThen(
            Effect.yieldNow,
            Effect.try({
              try: () => {
                const { done, value } = requests.next()
                if (done === true) return undefined
                if (isBadRecord(value)) throw new IngestError(value.bad)
                return [value, undefined] as const
              },
              catch: contentError(item.path)
            })
          )
        )
    )
  )

/** Reads the items one after another, each when its first request is pulled. */
export const requestStream = <I extends Item>(
  items: ReadonlyArray<I>,
  read: (item: I) => Iterable<Decoded>
): Stream.Stream<TraceRequest, IngestError> =>
  Stream.flatMap(Stream.fromIterable(items, { chunkSize: 1 }), (item) => ofItem(item, read))
