import { failed, parsed, type Parsed } from '../lib/parsed.ts'
import { type Assumptions, assumptionNotes, type AssumptionNote, defaultAssumptions } from '../simulator/assumptions.ts'
import { defaultRestAssumptions, type RestAssumptions, restAssumptionNotes } from '../simulator/rest/assumptions.ts'
import { parseDuration } from './read-values.ts'
import { suggestion } from './suggestion.ts'

type IsChoice<T> = T extends boolean ? false : string extends T ? false : number extends T ? false : true

/** All that each may be which is neither any number nor any text: the compiler asks for those that are new. */
type Choices<T> = { readonly [Name in keyof T as true extends IsChoice<T[Name]> ? Name : never]: readonly T[Name][] }

const callChoices: Choices<Assumptions> = {
  cancelledCallCode: [1000, 4000],
  wrongContentType: ['accept', 'reject'],
  unknownElement: ['ignore', 'reject'],
  invalidStreamElement: ['reject', 'skip'],
  invalidElement: ['reject', 'skip'],
  secondStream: ['ignore', 'replace'],
  firstSequenceNumber: [0, 1],
  extraHeadersWhenUnset: ['{}', '', 'missing'],
  timestampForm: ['epoch', 'since-start'],
  statusVocabulary: ['StartStream', 'started'],
  statusForm: ['form', 'json'],
  checkpointReply: ['playedStream', 'played'],
  transferDuringStream: ['deferred', 'immediate'],
  soundsMethod: ['POST', 'GET'],
  legAfterTransfer: ['hang-up', 'keep'],
  hangupOnRingCode: [1000, 6000],
  speech: ['espeak-ng', 'tones'],
  unsupportedVoice: ['reject', 'default'],
  dialTimeoutStatus: ['no-answer', 'timeout'],
  calleeSource: ['Callee', 'Call recipient'],
  restHangupCode: [1000, 4000],
}

const restChoices: Choices<RestAssumptions> = {
  unauthorizedReply: ['json', 'text'],
  foreignAccount: [401, 403, 404],
  limitOutOfRange: ['reject', 'clamp'],
  makeCallStatus: [201, 200],
  unknownCallerId: ['accept', 'refuse'],
  invalidSipHeaders: ['reject', 'drop'],
  cancelRequest: ['queued', 'unanswered'],
  filterTimeZone: ['utc', 'account'],
  transferMessage: ['call transferred', 'call transfered'],
  actionsWhileRinging: ['refuse', 'accept'],
  recordReply: ['started', 'async'],
  stopWithoutStream: [404, 204],
  streamListCount: ['total_count', 'count'],
}

type Value = string | number | boolean

/** An assumption for people and programs. */
export interface AssumptionRow extends AssumptionNote {
  readonly name: string
  readonly of: 'call' | 'REST'
  readonly default: Value
  /** Undefined: any number, or any text. */
  readonly choices: readonly Value[] | undefined
}

function rows(
  of: AssumptionRow['of'],
  notes: Readonly<Record<string, AssumptionNote>>,
  defaults: object,
  choices: Readonly<Record<string, readonly Value[]>>,
): AssumptionRow[] {
  const values = new Map<string, unknown>(Object.entries(defaults))
  return Object.entries(notes).map(([name, note]) => {
    const value = values.get(name)
    const isValue = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    const all = typeof value === 'boolean' ? [true, false] : choices[name]
    return { name, of, default: isValue ? value : '', choices: all, ...note }
  })
}

export const callAssumptionRows = rows('call', assumptionNotes, defaultAssumptions, callChoices)
export const restAssumptionRows = rows('REST', restAssumptionNotes, defaultRestAssumptions, restChoices)

/** What an assumption is to be, from its text. Times may have a unit. */
export function parseAssumption(name: string, text: string, among: readonly AssumptionRow[]): Parsed<Value> {
  const row = among.find((one) => one.name === name)
  const names = among.map((one) => one.name)
  if (!row) return failed(name, `is no assumption${suggestion(name, names)}: offhook simulator --explain lists them`)
  if (row.choices) {
    const choice = row.choices.find((one) => String(one) === text)
    const all = row.choices.map((one) => (one === '' ? '""' : String(one))).join(', ')
    return choice === undefined ? failed(name, `must be ${all}, got "${text}"`) : parsed(choice)
  }
  if (typeof row.default === 'string') return parsed(text)
  const number =
    (name.endsWith('Ms') ? parseDuration(text) : undefined) ?? (text.trim() === '' ? Number.NaN : Number(text))
  return Number.isFinite(number) ? parsed(number) : failed(name, `must be a number, got "${text}"`)
}
