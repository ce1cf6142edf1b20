/** What a pickle may make: a few times what a long recording makes. */
export const pickleLimits = { containers: 2 ** 20, items: 2 ** 24, stack: 2 ** 20, text: 2 ** 24, depth: 64 } as const

/** Refuses a pickle with a message; ends by throwing. */
export type Refuse = (what: string) => never
