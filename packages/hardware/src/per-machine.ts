/** What is made of a machine is made once: machines are immutable, and those of a thousand units have a million routes. */
import type { Machine } from "./machine.ts"

export const perMachine = <A>(make: (machine: Machine) => A): ((machine: Machine) => A) => {
  const made = new WeakMap<Machine, { readonly value: A }>()
  return (machine) => {
    const known = made.get(machine)
    if (known !== undefined) return known.value
    const value = make(machine)
    made.set(machine, { value })
    return value
  }
}
