// `pnpm new backend NAME`: copies tooling/template-backend to packages/NAME and puts the name in.
import { cpSync, existsSync, globSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const [kind, name] = process.argv.slice(2)
const root = fileURLToPath(new URL("..", import.meta.url))
const stop = (text) => {
  console.error(`${text}; usage: pnpm new backend NAME`)
  process.exit(2)
}
if (kind !== "backend") stop(`${kind ?? "nothing"} cannot be made`)
if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name ?? "")) stop(`${name ?? "no name"} is not a kebab-case name`)

const template = join(root, "tooling/template-backend")
const target = join(root, "packages", name)
if (existsSync(target)) stop(`packages/${name} exists`)
cpSync(template, target, {
  recursive: true,
  filter: (source) => !/node_modules|dist|\.turbo/.test(source.slice(template.length))
})
for (const file of globSync("**/*", { cwd: target, withFileTypes: true }).filter((entry) => entry.isFile())) {
  const path = join(file.parentPath, file.name)
  const text = readFileSync(path, "utf8").replaceAll("template-backend", name)
  writeFileSync(path, file.name === "package.json" ? text.replace('  "private": true,\n', "") : text)
}
console.log(
  `made packages/${name}; next: pnpm install, npm test -- --project ${name}, then docs/guides/add-a-backend.md`
)
