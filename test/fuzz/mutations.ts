import type { Random } from './random.ts'

type Fields = Record<string, unknown>

/** The message as it is, with a part changed, or with its text damaged; seldom anything at all. */
export function mutatedJson(random: Random, message: object): string {
  const kind = random.below(10)
  if (kind < 4) return JSON.stringify(message)
  if (kind < 7) return JSON.stringify(withChangedPart(random, structuredClone(message)))
  if (kind < 9) return damaged(random, JSON.stringify(message))
  return random.chance(0.5) ? JSON.stringify(random.json()) : random.text()
}

/** The message as it is, or with a part changed; it is JSON in any case. */
export const changedJson = (random: Random, message: object): string =>
  JSON.stringify(random.chance(0.5) ? message : withChangedPart(random, structuredClone(message)))

/** Drops, adds, copies or replaces a few characters. */
export function damaged(random: Random, text: string): string {
  let result = text
  for (let times = random.below(4); times >= 0; times--) {
    const at = random.below(result.length + 1)
    const end = Math.min(result.length, at + random.below(8))
    const middle = random.pick('', random.text(), result.slice(at, end).repeat(2), random.pick('"', '{', '[', '<', '&'))
    result = result.slice(0, at) + middle + result.slice(end)
  }
  return result
}

function withChangedPart(random: Random, message: object): object {
  const part = partOf(random, message as Fields)
  const names = Object.keys(part)
  const name = random.chance(0.8) && names.length > 0 ? (names[random.below(names.length)] ?? '') : random.name()
  if (random.chance(0.3)) Reflect.deleteProperty(part, name)
  else Object.defineProperty(part, name, { value: random.json(), enumerable: true, configurable: true, writable: true })
  return message
}

function partOf(random: Random, fields: Fields): Fields {
  const inner = Object.values(fields).filter((value) => typeof value === 'object' && value !== null)
  const chosen = inner[random.below(inner.length)]
  return chosen !== undefined && random.chance(0.6) ? partOf(random, chosen as Fields) : fields
}
