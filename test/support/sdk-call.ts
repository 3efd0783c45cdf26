import { bytesOf, mulaw8k } from '../../src/audio/format.ts'
import { tone } from '../../src/audio/tone.ts'
import { fromPcm16 } from '../../src/audio/transcode.ts'
import { ManualClock } from '../../src/lib/manual-clock.ts'
import { Call } from '../../src/sdk/call.ts'
import type { ControlFailure } from '../../src/sdk/control.ts'
import type { BotCommand, CallStart, UtteranceReport } from '../../src/sdk/protocol.ts'

const startOfCall: CallStart = { callId: 'c1', sessionId: 's1', headers: {}, format: mulaw8k, raw: '{}' }

type Command<Type extends BotCommand['type']> = Extract<BotCommand, { type: Type }>

/** Longer than anything that goes through promises alone. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise<void>((resolve) => void setImmediate(resolve))
}

/** A call of the SDK in virtual time, and its node: what was sent to it, and what it says when the test wants it to. */
export class SdkCall {
  readonly clock = new ManualClock()
  readonly sent: BotCommand[] = []
  readonly printed: string[] = []
  readonly call: Call

  constructor(start: Partial<CallStart> = {}) {
    this.call = new Call({
      start: { ...startOfCall, ...start },
      clock: this.clock,
      send: (command) => this.sent.push(command),
      print: (text) => this.printed.push(text),
    })
  }

  of<Type extends BotCommand['type']>(type: Type): Command<Type>[] {
    return this.sent.filter((command): command is Command<Type> => command.type === type)
  }

  /** The commands without their audio: `play 1`, `request say`, … Runs of the same are one. */
  get story(): string[] {
    const lines = this.sent.map((command) => {
      if (command.type === 'request') return `request ${(command.request as { verb: string }).verb}`
      if (command.type === 'stop') return `stop ${command.utterance} by ${command.by}`
      if (command.type === 'cancel') return `cancel ${command.id} by ${command.by}`
      return 'utterance' in command ? `${command.type} ${command.utterance}` : command.type
    })
    return lines.filter((line, i) => line !== lines[i - 1])
  }

  /** The audio of an utterance, as it went to the node. */
  audioOf(utterance: number): Buffer {
    const pieces = this.sent.flatMap((one) =>
      (one.type === 'play' || one.type === 'write') && one.utterance === utterance ? [one.audio] : [],
    )
    return Buffer.concat(pieces)
  }

  /** What was asked for, in order. */
  get requests(): unknown[] {
    return this.of('request').map(({ request }) => request)
  }

  report(utterance: number, heardMs: number, rest: Partial<UtteranceReport> = {}): void {
    const report = { utterance, sentMs: heardMs, heardMs, uncertaintyMs: 0, ...rest }
    this.call.receive({ type: 'utterance', report })
  }

  /** The node's last word of an utterance. */
  finish(utterance: number, heardMs: number, cutBy?: 'bot' | 'speech' | 'key'): void {
    this.report(utterance, heardMs, { finished: cutBy ? { cutBy } : {} })
  }

  reply(id: number, result: unknown): void {
    this.call.receive({ type: 'reply', id, result })
  }

  refuse(id: number, failure: ControlFailure): void {
    this.call.receive({ type: 'reply', id, failure })
  }

  press(digits: string): void {
    for (const digit of digits) this.call.receive({ type: 'dtmf', digit })
  }

  /** The caller is heard for `ms`, a multiple of 20; time goes by. */
  hearSpeech(ms: number): void {
    for (let at = 0; at < ms; at += 20) this.#hear(syllables[(at / 20) % syllables.length] ?? quiet)
  }

  hearQuiet(ms: number): void {
    for (let at = 0; at < ms; at += 20) this.#hear(quiet)
  }

  #hear(audio: Uint8Array): void {
    this.clock.advance(20)
    this.call.receive({ type: 'audio', audio, track: 'inbound' })
  }
}

const quiet = new Uint8Array(bytesOf(mulaw8k, 20)).fill(0xff)
/** Loud and less loud, as speech is. */
const syllables = [-12, -20].map((levelDbfs) =>
  fromPcm16(tone({ frequencyHz: 300, durationMs: 20, sampleRateHz: 8000, levelDbfs }), mulaw8k),
)
