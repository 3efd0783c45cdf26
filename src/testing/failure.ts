import { nodeCheckpointPrefix } from '../sdk/protocol.ts'
import type { TimelineEvent } from '../simulator/timeline.ts'
import type { CallParty } from './call-party.ts'
import type { Ear } from './ear.ts'
import { drawLevels, meterStepMs, secondsText } from './level-meter.ts'
import type { Prompt } from './prompt.ts'
import { recognise } from './recognition.ts'

/** At the end of a message, what is read first stands last. */
const longestHeardMs = 30_000
const timelineTail = 12
const longestValue = 80

interface Circumstances {
  readonly party: CallParty
  readonly ear: Ear
  /** From where on was listened. */
  readonly fromMs: number
  readonly prompts: ReadonlyMap<string, Prompt>
}

/** The error of an expectation that was not met: what was heard instead, and what happened last. */
export async function failure(what: string, { party, ear, fromMs, prompts }: Circumstances): Promise<Error> {
  const listenedFromMs = Math.max(fromMs, ear.endMs - longestHeardMs, Math.min(ear.answeredAtMs, ear.endMs))
  const recognised = await recognise(ear, listenedFromMs, prompts)
  const events = party.timeline.events.filter((event) => !isWoven(event))
  const lines = [
    what,
    ...endOf(party),
    '',
    `heard from ${secondsText(listenedFromMs).trim()} on, ${meterStepMs} ms a character:`,
    ...drawLevels(listenedFromMs, ear.levels(listenedFromMs, ear.endMs, meterStepMs)),
    recognised.length === 0 ? 'recognised: nothing' : 'recognised:',
    ...recognised,
    '',
    `the last of ${events.length} events:`,
    ...events.slice(-timelineTail).map(describeEvent),
  ]
  return new Error(lines.join('\n'))
}

const endOf = ({ result }: CallParty): string[] =>
  result ? [`the call was over after ${secondsText(result.durationMs).trim()}: ${result.reason}`] : []

/** What a node weaves into audio tells its author nothing. */
const isWoven = (event: TimelineEvent): boolean =>
  event.type === 'checkpoint-played' && event.name.startsWith(nodeCheckpointPrefix)

/** One line: when, what, and its fields. */
function describeEvent({ atMs, type, ...fields }: TimelineEvent): string {
  const values = Object.entries(fields).map(([name, value]) => `${name}=${short(value)}`)
  return `${secondsText(atMs)}  ${[type, ...values].join(' ')}`
}

function short(value: unknown): string {
  const rounded = typeof value === 'number' ? Math.round(value * 10) / 10 : value
  const text = (typeof rounded === 'string' ? rounded : JSON.stringify(rounded)).replaceAll(/\s*\n\s*/g, ' ')
  return text.length > longestValue ? `${text.slice(0, longestValue)}…` : text
}
