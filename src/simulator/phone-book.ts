import { checkScript, type CallerAction } from './caller-script.ts'

/** What a telephone does when it is called. Delays are milliseconds from the first ring. */
export type PhoneBehaviour =
  | PhoneAnswer
  /** Rings, and declines the call after `afterMs` (default 1000). */
  | { readonly rejects: true; readonly afterMs?: number }
  /** Does not ring: the line is engaged. */
  | { readonly busy: true }
  /** Rings until somebody gives up. */
  | { readonly noAnswer: true }
  /** There is no such telephone. */
  | { readonly unallocated: true }

export interface PhoneAnswer {
  readonly answers: number
  /** What its owner does from then on. Default nothing: silence until hung up on. */
  readonly script?: readonly CallerAction[]
  /** It is answered by a machine, which machine detection finds. */
  readonly machine?: boolean
}

/** By number, as `14155550100` or `+14155550100`, or by `sip:` URI. */
export type Phones = Readonly<Record<string, PhoneBehaviour>>

const silentOwner: PhoneBehaviour = { answers: 1_000 }

/** Says what happens when a number or a `sip:` URI is dialled. It may be changed while calls go on. */
export class PhoneBook {
  readonly #phones = new Map<string, PhoneBehaviour>()
  readonly #unknown: PhoneBehaviour

  /**
   * `unknown` is what numbers do that the book has not: by default they answer after a second, and stay silent.
   * @throws RangeError when a script presses a key that does not exist.
   */
  constructor(phones: Phones = {}, { unknown = silentOwner }: { unknown?: PhoneBehaviour } = {}) {
    check(unknown)
    this.#unknown = unknown
    for (const [number, behaviour] of Object.entries(phones)) this.set(number, behaviour)
  }

  /** @throws RangeError when its script presses a key that does not exist. */
  set(number: string, behaviour: PhoneBehaviour): void {
    check(behaviour)
    this.#phones.set(plainNumber(number), behaviour)
  }

  find(number: string): PhoneBehaviour {
    return this.#phones.get(plainNumber(number)) ?? this.#unknown
  }
}

const check = (behaviour: PhoneBehaviour): void => {
  if ('answers' in behaviour) checkScript(behaviour.script ?? [])
}

/** Plivo's form: digits and no `+`; a `sip:` URI stays as it is. */
export const plainNumber = (number: string): string =>
  /^sips?:/i.test(number) ? number.trim() : number.replace(/^\s*\+|[\s()-]/g, '')
