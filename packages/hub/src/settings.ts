/** Where the hub is and who asks, from the environment. */
import { Config, Effect, Option, Redacted } from "effect"
import { HubError } from "./error.ts"

export interface HubSettings {
  /** Address of the hub without a slash at the end. */
  readonly endpoint: string
  /** Sent to the endpoint's own origin and to nobody else. */
  readonly token: Option.Option<Redacted.Redacted>
}

const wrong = (where: string, what: string, hint: string) => new HubError({ reason: "BadOption", where, what, hint })

const loopback = new Set(["localhost", "127.0.0.1", "[::1]"])

/** No message shows the address: it may hold a password. */
const checkEndpoint = (text: string): HubError | URL => {
  const hint = "give an address such as https://mirror.example, or unset it"
  if (!URL.canParse(text)) return wrong("HF_ENDPOINT", "is not an address", hint)
  const url = new URL(text)
  if (url.protocol !== "https:" && url.protocol !== "http:") return wrong("HF_ENDPOINT", "is not a web address", hint)
  if (url.username !== "" || url.password !== "") return wrong("HF_ENDPOINT", "holds a user name or password", hint)
  if (url.search !== "" || url.hash !== "") return wrong("HF_ENDPOINT", "holds a query or fragment", hint)
  return url
}

/** Checks what the environment gave; an unset or empty variable counts as not given. */
const checkSettings = (endpoint: string, token: Option.Option<Redacted.Redacted>): HubError | HubSettings => {
  const url = checkEndpoint(endpoint)
  if (url instanceof HubError) return url
  const given = token.pipe(
    Option.map((secret) => Redacted.make(Redacted.value(secret).trim())),
    Option.filter((secret) => Redacted.value(secret) !== "")
  )
  if (Option.isSome(given)) {
    if (!/^[\x21-\x7e]+$/.test(Redacted.value(given.value)))
      return wrong("HF_TOKEN", "holds characters that no token has", "copy the token again")
    if (url.protocol === "http:" && !loopback.has(url.hostname))
      return wrong("HF_ENDPOINT", "would get the token over an unencrypted connection", "use https, or unset HF_TOKEN")
  }
  return { endpoint: url.href.replace(/\/+$/, ""), token: given }
}

/** `HF_ENDPOINT` or the hub's own address, and `HF_TOKEN`. */
export const readSettings = Effect.fnUntraced(function* (ownAddress: string) {
  const read = Effect.gen(function* () {
    const endpoint = yield* Config.option(Config.String("HF_ENDPOINT"))
    return { endpoint, token: yield* Config.option(Config.Redacted("HF_TOKEN")) }
  })
  const { endpoint, token } = yield* read.pipe(
    Effect.mapError((cause) => wrong("HF_TOKEN and HF_ENDPOINT", "cannot be read", `set both as text (${cause._tag})`))
  )
  const given = Option.filter(endpoint, (text) => text.trim() !== "")
  const settings = checkSettings(Option.getOrElse(given, () => ownAddress).trim(), token)
  return settings instanceof HubError ? yield* settings : settings
})
