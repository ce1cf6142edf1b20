/** Prints the tables of docs/results/validation.md, "Against a cycle-accurate mesh": `node --conditions=@moira/source` runs it. */
import { flowErrors, routers, type Sizes, summary, traffic, usual } from "../test/mesh-traffic.ts"

const percent = (share: number) => `${(100 * share).toFixed(1)} %`
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1)
const cell = (name: string, seeds: number, router: (typeof routers)[keyof typeof routers], sizes?: Sizes) => {
  const { median, worst } = summary(flowErrors(name, upTo(seeds), router, sizes))
  return `${percent(median)}, ${percent(worst)}`
}

console.log(`| traffic, 25 seeds | ${Object.keys(routers).join(" | ")} |`)
for (const name of Object.keys(traffic))
  console.log(
    `| ${name} | ${Object.values(routers)
      .map((router) => cell(name, 25, router))
      .join(" | ")} |`
  )

const sizes: Record<string, Sizes> = {
  "as above": usual,
  "four times the fetches": { ...usual, times: 4 },
  "packets of 16 flits": { fetchFlits: 512, packetFlits: 16, times: 1 }
}
const names = ["uniform", "hot source", "Base, 128 in flight"]
console.log(`| 16 x 64 flits, 7 seeds | ${names.join(" | ")} |`)
for (const [what, size] of Object.entries(sizes))
  console.log(`| ${what} | ${names.map((name) => cell(name, 7, routers["16 x 64 flits"], size)).join(" | ")} |`)
