import { type AudioFormat, bytesOf, frameMs } from '../../audio/format.ts'
import type { HeardAccount } from './heard-account.ts'

interface Playing {
  readonly type: 'playing'
  readonly account: HeardAccount
  readonly waiting: Uint8Array[]
  /** No more audio will come. */
  ended: boolean
}

type Due =
  | { readonly type: 'audio'; readonly account: HeardAccount; readonly audio: Uint8Array }
  /** Behind the last audio of an utterance. */
  | { readonly type: 'end'; readonly utterance: number }
  | { readonly type: 'checkpoint'; readonly name: string }

/** Utterances that are to be played one after another, frame by frame, and the bot's checkpoints between them. */
export class PlayQueue {
  readonly #frameBytes: number
  #items: (Playing | Extract<Due, { type: 'checkpoint' }>)[] = []

  constructor(format: AudioFormat) {
    this.#frameBytes = bytesOf(format, frameMs)
  }

  get empty(): boolean {
    return this.#items.length === 0
  }

  /** What comes next. An utterance whose source is late is waited for, and so is all that stands behind it. */
  get next(): Due['type'] | undefined {
    const [head] = this.#items
    if (head?.type !== 'playing') return head?.type
    if (head.waiting.length > 0) return 'audio'
    return head.ended ? 'end' : undefined
  }

  take(): Due | undefined {
    const [head] = this.#items
    if (head?.type === 'playing' && head.waiting.length > 0) return this.#takeFrame(head)
    if (this.next === undefined) return undefined
    this.#items.shift()
    return head?.type === 'playing' ? { type: 'end', utterance: head.account.utterance } : head
  }

  play(account: HeardAccount, audio: Uint8Array): void {
    if (audio.length > 0) this.#playing(account).waiting.push(audio)
  }

  end(account: HeardAccount): void {
    this.#playing(account).ended = true
  }

  checkpoint(name: string): void {
    this.#items.push({ type: 'checkpoint', name })
  }

  drop(utterance: number): void {
    this.#items = this.#items.filter((item) => item.type === 'checkpoint' || item.account.utterance !== utterance)
  }

  clear(): void {
    this.#items = []
  }

  #playing(account: HeardAccount): Playing {
    const known = this.#items.find((item) => item.type === 'playing' && item.account === account)
    if (known?.type === 'playing') return known
    const playing: Playing = { type: 'playing', account, waiting: [], ended: false }
    this.#items.push(playing)
    return playing
  }

  #takeFrame({ account, waiting }: Playing): Due {
    const [piece = new Uint8Array()] = waiting
    const audio = piece.subarray(0, this.#frameBytes)
    if (audio.length < piece.length) waiting[0] = piece.subarray(audio.length)
    else waiting.shift()
    return { type: 'audio', account, audio }
  }
}
