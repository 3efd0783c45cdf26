import { failed, type Parsed, parsed } from '../../lib/parsed.ts'
import type { CameBack, DetourPlan } from './detour.ts'
import { farewells } from './farewells.ts'
import { messageSilenceMs } from '../overflow/message-silence.ts'

/** What the caller gets when no bot of ours can have the call. */
export type Fallback =
  /** Is asked for pardon. */
  | { readonly type: 'apology' }
  /** Hears a busy tone, before the call is answered; then that all lines are busy. */
  | { readonly type: 'busy' }
  | { readonly type: 'hangup' }
  /** Is asked for a message, which the carrier records. */
  | { readonly type: 'message' }
  /** Is connected with a number, or with a `sip:` URI. */
  | { readonly type: 'forward'; readonly to: string }
  | { readonly type: 'say'; readonly text: string }

const destination = /^(\+?[0-9]{2,20}|sips?:[^\s<>"']{1,200})$/
/** What Plivo speaks at once. */
const maxTextLength = 3000

/** Reads `message`, `forward:+14155550100`, `say:One moment.` and such. `kinds`: those that make sense here; `others`: what else may stand there. */
export function parseFallback(
  text: string,
  field: string,
  kinds: readonly Fallback['type'][],
  others: readonly string[] = [],
): Parsed<Fallback> {
  const [name = '', ...rest] = text.split(':')
  const about = rest.join(':').trim()
  const type = kinds.find((kind) => kind === name.trim())
  const known = [...kinds.map((kind) => shapes[kind] ?? kind), ...others].join(', ')
  if (type === undefined) return failed(field, `must be one of ${known}, got ${JSON.stringify(text)}`)
  if (type === 'forward') {
    if (destination.test(about)) return parsed({ type, to: about })
    return failed(field, `must be forward: and a number with country code or a sip: URI, got ${JSON.stringify(text)}`)
  }
  if (type === 'say') {
    if (about !== '' && about.length <= maxTextLength) return parsed({ type, text: about })
    return failed(field, `must be say: and a text of at most ${maxTextLength} characters`)
  }
  return rest.length === 0
    ? parsed({ type })
    : failed(field, `must be ${type} and nothing more, got ${JSON.stringify(text)}`)
}

const shapes: Partial<Record<Fallback['type'], string>> = { forward: 'forward:<number>', say: 'say:<text>' }

/** Why there is no bot: it broke down, or there was no place for the call. */
type Why = 'failure' | 'no-room'

/** What the carrier does first. */
export type FallbackStep =
  | { readonly type: 'detour'; readonly plan: DetourPlan; readonly fallback: Fallback }
  | { readonly type: 'hang-up' }
  | { readonly type: 'apologise' }
  | { readonly type: 'say'; readonly text: string }

const ringMs = 30_000
const longestTalkMs = 14_400_000

export function beginFallback(fallback: Fallback, why: Why = 'failure'): FallbackStep {
  switch (fallback.type) {
    case 'apology':
      return sorry(why)
    case 'busy':
      return { type: 'say', text: farewells.busy }
    case 'hangup':
      return { type: 'hang-up' }
    case 'say':
      return { type: 'say', text: fallback.text }
    case 'forward':
      return { type: 'detour', plan: { type: 'dial', to: [fallback.to], ringMs, maxMs: longestTalkMs }, fallback }
    case 'message':
      return {
        type: 'detour',
        plan: {
          type: 'record',
          prompt: farewells.askForMessage,
          maxMs: 120_000,
          silenceMs: messageSilenceMs,
          until: '#',
          beep: true,
        },
        fallback,
      }
  }
}

/** What the carrier does when that is done; nobody is left in silence. */
export function endFallback(
  { type }: Pick<Fallback, 'type'>,
  { dialled }: CameBack,
  why: Why = 'failure',
): FallbackStep {
  if (type === 'message') return { type: 'say', text: farewells.thanks }
  return type === 'forward' && dialled?.status !== 'completed' ? sorry(why) : { type: 'hang-up' }
}

const sorry = (why: Why): FallbackStep =>
  why === 'failure' ? { type: 'apologise' } : { type: 'say', text: farewells.busy }
