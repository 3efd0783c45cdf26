import type { Clock, Timer } from '../../lib/clock.ts'
import type { UtteranceReport } from '../../sdk/protocol.ts'
import { type Heard, HeardAccount } from './heard-account.ts'
import type { HeardEntry, LedgerCut } from './ledger.ts'

/** An utterance that has not finished. */
interface Open {
  readonly account: HeardAccount
  /** The bot has handed over all of it, and all of it was sent: this checkpoint stands behind it. */
  endMark?: number
  cutBy?: LedgerCut
  timer?: Timer
}

interface UtterancesOptions {
  readonly clock: Clock
  readonly report: (report: UtteranceReport) => void
  /** What was heard of it; or how uncertain it is that so much was. */
  readonly heard: (account: HeardAccount, claimMs?: number) => Heard
  readonly onFinished: () => void
}

const reportEveryMs = 200
/** Some carriers lose an acknowledgement; an utterance is not kept waiting for it longer than this. */
const acknowledgementGraceMs = 2000
/** Nor for the answer to a clear. */
const clearGraceMs = 500
/** Entries that a call keeps. */
const maxEntries = 1000

/** The utterances of a call: tells what becomes of each, and finishes it once that is known. */
export class Utterances {
  readonly #options: UtterancesOptions
  readonly #open = new Map<number, Open>()
  #accounts: HeardAccount[] = []

  constructor(options: UtterancesOptions) {
    this.#options = options
  }

  /** Utterances of which all that is wanted was sent, and not all is known. */
  get unsettled(): number {
    let count = 0
    for (const { endMark, cutBy } of this.#open.values()) if (endMark !== undefined || cutBy) count++
    return count
  }

  get entries(): readonly HeardEntry[] {
    return this.#accounts.map((account) => {
      const { utterance, kind, startedAtMs, totalMs, cutBy } = account
      const entry = { utterance, kind, startedAtMs, totalMs, ...this.#options.heard(account) }
      const toItsEnd = kind === 'passed' && entry.uncertaintyMs === 0 && entry.heardMs === totalMs
      return cutBy === undefined || toItsEnd ? entry : { ...entry, cutBy }
    })
  }

  /** The account of an utterance, new when it is not open. */
  account(utterance: number, kind: 'play' | 'write'): HeardAccount {
    const known = this.#open.get(utterance)
    if (known) return known.account
    const account = this.begin(utterance, kind)
    this.#open.set(utterance, { account })
    return account
  }

  /** An account that nobody waits for. */
  begin(utterance: number, kind: HeardEntry['kind']): HeardAccount {
    const account = new HeardAccount(utterance, kind, this.#options.clock.now())
    this.#accounts.push(account)
    if (this.#accounts.length > maxEntries) this.#accounts.shift()
    return account
  }

  find(utterance: number): HeardAccount | undefined {
    return this.#open.get(utterance)?.account
  }

  /** Some more of it was sent for the first time. */
  sent(account: HeardAccount, ms: number): void {
    const before = account.totalMs
    if (before === 0) account.startedAtMs = this.#options.clock.now()
    account.totalMs += ms
    if (Math.floor(before / reportEveryMs) === Math.floor(account.totalMs / reportEveryMs)) return
    const heard = this.#options.heard(account)
    this.#options.report({ utterance: account.utterance, sentMs: account.totalMs, ...heard })
  }

  /** All of it was sent, and will take `aheadMs` to be heard. The checkpoint `endMark` stands behind it. */
  whole(utterance: number, endMark: number, aheadMs: number): void {
    const open = this.#open.get(utterance)
    if (!open || open.cutBy) return
    open.endMark = endMark
    open.timer?.cancel()
    open.timer = this.#options.clock.after(aheadMs + acknowledgementGraceMs, () => this.#finishWhole(open))
  }

  /** Nothing more of it is to be heard. What was heard is told once that is known. */
  cut(utterance: number, by: LedgerCut): void {
    const open = this.#open.get(utterance)
    if (!open || open.cutBy) return
    open.cutBy = by
    open.timer?.cancel()
    if (open.account.open === 0) this.#finish(open)
    else open.timer = this.#options.clock.after(clearGraceMs, () => this.#finish(open))
  }

  cutAll(by: LedgerCut): void {
    for (const utterance of this.#open.keys()) this.cut(utterance, by)
  }

  /** Cuts those that the bot will add nothing to. */
  cutWhole(by: LedgerCut): void {
    for (const [utterance, { endMark }] of this.#open) if (endMark !== undefined) this.cut(utterance, by)
  }

  /** The carrier has said something: finishes what is known now. All checkpoints up to `acknowledged` are behind us. */
  review(acknowledged: number): void {
    for (const open of this.#open.values()) {
      const { account, cutBy, endMark } = open
      if (cutBy && account.open === 0) this.#finish(open)
      if (!cutBy && endMark !== undefined && endMark <= acknowledged) this.#finishWhole(open)
    }
  }

  /** It was heard to its end. What was taken back for another's sake and sent again leaves a doubt. */
  #finishWhole(open: Open): void {
    this.#finish(open, this.#options.heard(open.account, open.account.totalMs))
  }

  #finish(open: Open, heard = this.#options.heard(open.account)): void {
    const { account, endMark, timer } = open
    const toItsEnd = endMark !== undefined && heard.uncertaintyMs === 0 && heard.heardMs === account.totalMs
    const cutBy = toItsEnd ? undefined : open.cutBy
    timer?.cancel()
    this.#open.delete(account.utterance)
    account.finish(heard, cutBy)
    const { utterance, totalMs: sentMs } = account
    // A bot that crashed is told nothing more.
    if (cutBy !== 'crash') this.#options.report({ utterance, sentMs, ...heard, finished: cutBy ? { cutBy } : {} })
    this.#options.onFinished()
  }
}
