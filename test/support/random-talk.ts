import type { StreamEnd } from '../../src/sessions/playout/stretch.ts'
import type { Claim } from './claims.ts'
import type { Delay } from './delayed-channel.ts'
import { HeardTrial, passedAudio, voice } from './heard-trial.ts'

export interface TalkOptions {
  readonly random: () => number
  readonly utterances: number
  readonly toCarrier: Delay
  readonly fromCarrier?: Delay
  readonly silent?: boolean
  /** The bot writes frames of 20 ms as they come, and nothing else: the carrier has nothing in hand. Default false. */
  readonly live?: boolean
  /** How calls end. Default: the caller hangs up and the stream closes in order. */
  readonly known?: StreamEnd
}

export interface TalkResult {
  readonly claims: Claim[]
  /** Claims on the way: `truthMs` is that of their moment. */
  readonly progress: Claim[]
}

const shortestMs = 50
const longestMs = 6000

/** Calls of a few utterances each, of random length and manner, interrupted at random. */
export function talkAtRandom(options: TalkOptions): TalkResult {
  const {
    random,
    utterances,
    toCarrier,
    fromCarrier = toCarrier,
    silent = false,
    known = 'in-order',
    live = false,
  } = options
  const result: TalkResult = { claims: [], progress: [] }
  while (result.claims.length < utterances) {
    const trial = new HeardTrial({ random, toCarrier, fromCarrier, silent })
    const talk = new Talk(trial, random, live)
    for (let turns = Math.floor(random() * 5); turns >= 0; turns--) talk.turn()
    talk.lastWords()
    trial.end(known, random() * 100)
    result.claims.push(...trial.claims)
    for (const { utterance, heardMs, uncertaintyMs, truthMs, finished } of trial.reports) {
      if (!finished) result.progress.push({ utterance, heardMs, uncertaintyMs, truthMs, cut: false, parts: 1 })
    }
  }
  return result
}

/** Server bots: messages of `messageMs` in bursts or in time, some of them cleared. The claims are the ledger's. */
export function passAtRandom({ messageMs, ...options }: TalkOptions & { readonly messageMs: number }): Claim[] {
  const { random, utterances, toCarrier, fromCarrier = toCarrier, silent = false, known = 'in-order' } = options
  const claims: Claim[] = []
  while (claims.length < utterances) {
    const trial = new HeardTrial({ random, toCarrier, fromCarrier, silent })
    const runs = 1 + Math.floor(random() * 4)
    for (let run = 1; run <= runs; run++) passRun(trial, random, run, messageMs, run === runs)
    trial.end(known, random() * 100)
    // Each run has a voice of its own.
    claims.push(...trial.playout.ledger.map((entry, n) => trial.claim({ ...entry, utterance: n + 1 }, entry)))
  }
  return claims
}

function passRun(trial: HeardTrial, random: () => number, run: number, messageMs: number, last: boolean): void {
  const { clock, playout } = trial
  const count = Math.max(1, Math.ceil((random() * 4000) / messageMs))
  const paced = random() < 0.5
  for (let n = 0; n < count; n++) {
    const raw = passedAudio(run, messageMs)
    if (paced) clock.after(n * messageMs, () => playout.passOn(raw))
    else playout.passOn(raw)
  }
  const wholeMs = count * messageMs
  if (random() < 0.5) {
    // Not while some of it still is to be sent: that would be a run of its own.
    clock.advance(paced ? wholeMs - messageMs + random() * messageMs : random() * wholeMs)
    if (last) return
    playout.passOn('{"event":"clearAudio","streamId":"stream"}')
    clock.advance(random() * 600)
  } else clock.advance(wholeMs + (last ? random() * 400 : 3000))
}

/** A bot's side of one call. */
class Talk {
  readonly #trial: HeardTrial
  readonly #random: () => number
  readonly #live: boolean
  /** Utterances that the bot has cut: it hands over no more of them. */
  readonly #cut = new Set<number>()
  #utterance = 0

  constructor(trial: HeardTrial, random: () => number, live: boolean) {
    this.#trial = trial
    this.#live = live
    this.#random = random
  }

  /** Says something, perhaps several things, and interrupts it or not. */
  turn(): void {
    const { clock, playout } = this.#trial
    const first = this.#utterance + 1
    const wholeMs = this.#sayTogether()
    const choice = this.#random()
    if (choice < 0.4) {
      clock.advance(this.#random() * wholeMs)
      const stopped = first + Math.floor(this.#random() * (this.#utterance + 1 - first))
      this.#cut.add(stopped)
      playout.stop(stopped, 'speech')
    } else if (choice < 0.7) {
      clock.advance(this.#random() * wholeMs)
      for (let utterance = 1; utterance <= this.#utterance; utterance++) this.#cut.add(utterance)
      playout.clear()
    } else clock.advance(wholeMs)
    clock.advance(this.#random() < 0.5 ? this.#random() * 100 : this.#random() * 3000)
  }

  /** Says something, and is in the middle of it, mostly, when the call ends. */
  lastWords(): void {
    const wholeMs = this.#sayTogether()
    this.#trial.clock.advance(this.#random() * wholeMs * 1.1)
  }

  #sayTogether(): number {
    let wholeMs = 0
    for (let count = this.#random() < 0.7 ? 1 : 1 + Math.floor(this.#random() * 3); count > 0; count--) {
      wholeMs += this.#say()
    }
    return wholeMs
  }

  #say(): number {
    const { clock, playout } = this.#trial
    const utterance = ++this.#utterance
    const lengthMs = this.#length()
    const manner = this.#live ? 0.7 : this.#random()
    const cutOff = this.#cut
    const open = () => !cutOff.has(utterance)
    if (manner < 0.4) {
      playout.play(utterance, voice(utterance, lengthMs))
      playout.playEnd(utterance)
    } else if (manner < 0.6) {
      playout.write(utterance, voice(utterance, lengthMs))
      playout.playEnd(utterance)
    } else if (manner < 0.8) {
      this.#inTime(lengthMs, 20, 15, (ms) => open() && playout.write(utterance, voice(utterance, ms)))
      clock.after(lengthMs + 20, () => open() && playout.playEnd(utterance))
    } else {
      // A source that falls behind now and then.
      this.#inTime(lengthMs, 250, 400, (ms) => open() && playout.play(utterance, voice(utterance, ms)))
      clock.after(lengthMs + 500, () => open() && playout.playEnd(utterance))
    }
    return lengthMs
  }

  /** Mostly sentences, some of them mere syllables. */
  #length(): number {
    const most = this.#random() < 0.5 ? 1000 : longestMs
    return shortestMs + this.#random() * (most - shortestMs)
  }

  /** Hands over pieces as time goes by, each late by up to `lateMs`, in order. */
  #inTime(lengthMs: number, pieceMs: number, lateMs: number, hand: (ms: number) => unknown): void {
    let dueAt = 0
    for (let at = 0; at < lengthMs; at += pieceMs) {
      dueAt = Math.max(dueAt, at + this.#random() * lateMs)
      this.#trial.clock.after(dueAt, () => hand(Math.min(pieceMs, lengthMs - at)))
    }
  }
}
