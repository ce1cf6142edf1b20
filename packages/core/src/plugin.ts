/** What a plug-in is: a kind that recognises it, and why a name did not resolve to one. */
import { Effect, Predicate } from "effect"
import { builtIn, importedFrom, shown } from "./plugin-fault.ts"
import { type Form, formFault } from "./plugin-form.ts"
import { taggedProblem } from "./problem.ts"

export class PluginError extends taggedProblem("PluginError", [
  "Unknown",
  "NotLoadable",
  "NotThisKind",
  "OtherVersion"
]) {}

/** One kind of plug-in, how to recognise it and where the built-in ones lie. */
export interface PluginKind<A> {
  /** One word: the key in the `moira` field of a package.json and in a table of plug-ins. */
  readonly name: string
  /** For people: `hardware backend`. */
  readonly title: string
  /** Name and version of what a value must be: `allocation/v1`. */
  readonly contract: string
  /** Subpath that the built-in ones lie below, `@moira/allocation/allocators`; none where all come from packages. */
  readonly home?: string
  /** URL of the module that defines the kind, beside the folder of `home`: the loader depends on no package that has one. */
  readonly from?: string
  readonly is: (value: unknown) => value is A
  /** What its fields must be: said of a value that is one by `is`, and is made wrongly. */
  readonly form?: Form
}

/** What a kind is made of; left out, its title is its name and a value is one whose `contract` is the kind's. */
export interface PluginKindOptions<A> {
  readonly name: string
  readonly title?: string
  readonly contract: string
  readonly home?: string
  readonly from?: string
  readonly is?: (value: unknown) => value is A
  readonly form?: Form
}

/** Defines a kind of plug-in. */
export const pluginKind = <A>({ title, is, ...kind }: PluginKindOptions<A>): PluginKind<A> => ({
  ...kind,
  title: title ?? kind.name,
  is:
    is ?? ((value: unknown): value is A => Predicate.hasProperty(value, "contract") && value.contract === kind.contract)
})

/** URL of the folder of the built-in plug-ins of a kind, beside the module that defines it; none where it has no home. */
export const homeOf = ({ home, from }: PluginKind<any>): string | undefined =>
  home === undefined || from === undefined
    ? undefined
    : new URL(`./${home.slice(home.lastIndexOf("/") + 1)}/`, from).href

/** A plug-in and the module that another thread can import to get the same one. */
export interface Loaded<A> {
  readonly plugin: A
  readonly module: string
}

/** The contract that a value of the same seam but of another version gives. */
const otherVersion = (kind: PluginKind<any>, value: unknown): string | undefined => {
  if (!Predicate.hasProperty(value, "contract") || typeof value.contract !== "string") return undefined
  const stem = kind.contract.slice(0, kind.contract.indexOf("/") + 1)
  return value.contract !== kind.contract && value.contract.startsWith(stem) ? value.contract : undefined
}

/** The value of a module as a plug-in of this kind; fails where it is of another version, of none, or made wrongly. */
export const checkPlugin = <A>(kind: PluginKind<A>, module: string, value: unknown): Effect.Effect<A, PluginError> => {
  try {
    return checked(kind, module, value)
  } catch (cause) {
    // A getter or a proxy may throw where it is only looked at.
    return wrong(kind, module, `its default export throws ${shown(cause)}`)
  }
}

const wrong = ({ title, contract }: PluginKind<any>, module: string, what: string) =>
  Effect.fail(
    new PluginError({
      reason: "NotThisKind",
      where: module,
      what,
      hint: `the ${title} is wrong: give it the fields of ${contract}`
    })
  )

const checked = <A>(kind: PluginKind<A>, module: string, value: unknown): Effect.Effect<A, PluginError> => {
  const other = otherVersion(kind, value)
  if (other !== undefined)
    return Effect.fail(
      new PluginError({
        reason: "OtherVersion",
        where: module,
        what: `is ${other}; this Moira reads ${kind.contract}`,
        hint: `use one made for ${kind.contract}, or the Moira that it was made for`
      })
    )
  if (kind.is(value)) {
    const odd = kind.form === undefined ? undefined : formFault(kind.form, value as Readonly<Record<string, unknown>>)
    if (odd !== undefined) return wrong(kind, module, odd)
    const home = homeOf(kind)
    const plugin = importedFrom(value, module)
    return Effect.succeed(home !== undefined && module.startsWith(home) ? builtIn(plugin) : plugin)
  }
  return Effect.fail(
    new PluginError({
      reason: "NotThisKind",
      where: module,
      what: `its default export is not a ${kind.title}`,
      hint: `export the ${kind.title} as default`
    })
  )
}
