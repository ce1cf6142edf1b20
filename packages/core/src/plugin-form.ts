/** What the fields of a plug-in must be, as data, and which one is not. */
import { shown } from "./plugin-fault.ts"

/** A value of a type, where `text` is not empty and an `id` may name a file; or one of a list. */
export type FieldForm = "id" | "text" | "function" | "boolean" | "object" | "whole" | ReadonlyArray<string>

/** By name of the field, which may be left out where the name ends with `?`. */
export type Form = Readonly<Record<string, FieldForm>>

/** More than there are experts of any layer: what is counted so is made room for. */
const mostWhole = 0xffff

const fits = (form: FieldForm, value: unknown): boolean => {
  if (typeof form !== "string") return form.includes(value as string)
  if (form === "id") return typeof value === "string" && /^\w[\w.+-]*$/.test(value)
  if (form === "text") return typeof value === "string" && value !== ""
  if (form === "whole") return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= mostWhole
  return typeof value === form && value !== null
}

const wanted = (form: FieldForm): string => {
  if (typeof form !== "string") return `one of ${form.join(", ")}`
  if (form === "whole") return `a whole number from 0 to ${mostWhole}`
  if (form === "id") return "a name of letters, digits, -, _, . and +"
  return form === "text" ? "text" : `${form === "object" ? "an" : "a"} ${form}`
}

/** The first field that is not what it must be, or undefined. */
export const formFault = (form: Form, plugin: Readonly<Record<string, unknown>>): string | undefined => {
  for (const [name, of] of Object.entries(form)) {
    const field = name.replace(/\?$/, "")
    const value = plugin[field]
    if (value === undefined && field !== name) continue
    if (!fits(of, value)) return `its ${field} is ${shown(value)}, not ${wanted(of)}`
  }
  return undefined
}
