/** What a pickle may make: a few times what a long recording makes. */
export const pickleLimits = { containers: 2 ** 20, items: 2 ** 25, stack: 2 ** 20, text: 2 ** 29, depth: 64 } as const

/** Refuses a pickle with a message, and a hint where there is a better one than usual; ends by throwing. */
export type Refuse = (what: string, hint?: string) => never
