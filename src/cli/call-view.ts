import { rmsDbfs } from '../audio/level.ts'
import type { CallResult, TimelineEvent } from '../simulator/index.ts'
import { clockText, paint } from './terminal.ts'

/** Shows a simulated call while it happens. */
export interface CallView {
  show(event: TimelineEvent): void
  end(result: CallResult, recording: string): void
}

/** One JSON object per line, for programs. */
export function createJsonView(): CallView {
  const print = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`)
  return {
    show: print,
    end: (result, recording) => print({ type: 'result', ...summaryOf(result), recording }),
  }
}

/** A line per event, for people. */
export function createTextView(): CallView {
  const print = (line: string) => process.stdout.write(`${line}\n`)
  return {
    show(event) {
      const text = describe(event)
      if (text !== undefined) print(`${paint('dim', clockText(event.atMs))}  ${text}`)
    },
    end(result, recording) {
      const { answerMs, firstAudioMs, heard, said } = summaryOf(result)
      print('')
      if (answerMs !== undefined)
        print(
          `  XML after ${ms(answerMs)}${firstAudioMs === undefined ? '' : `, first bot audio after ${ms(firstAudioMs)}`}`,
        )
      print(`  the caller heard ${meter(heard.activity)} ${seconds(heard.seconds)} of sound, level ${heard.dbfs} dBFS`)
      print(`  the caller said  ${meter(said.activity)} ${seconds(said.seconds)} of sound, level ${said.dbfs} dBFS`)
      print(`  listen: ${recording} (left: caller, right: bot)`)
    },
  }
}

const ms = (value: number) => `${Math.round(value)} ms`
const seconds = (value: number) => `${value.toFixed(1)} s`

/** Undefined for what a person need not see. */
function describe(event: TimelineEvent): string | undefined {
  switch (event.type) {
    case 'dialled':
      return `${paint('bold', 'ring')}    ${event.from} calls ${event.to}`
    case 'answer-requested':
      return event.attempt > 1 || event.purpose !== 'answer'
        ? `ask     ${event.purpose}, try ${event.attempt}`
        : undefined
    case 'answer-received':
      return `XML     ${event.purpose}: ${event.status} in ${ms(event.ms)}  ${paint('dim', elementsOf(event.xml))}`
    case 'stream-connected':
      return 'stream  connected'
    case 'stream-refused':
      return paint(
        'red',
        `stream  refused: ${'status' in event ? `HTTP ${event.status}` : event.error} (try ${event.attempt})`,
      )
    case 'stream-started':
      return `stream  started, ${event.format.encoding} ${event.format.sampleRateHz} Hz`
    case 'bot-audio-started':
      return paint('green', `bot     ▶ ${event.source === 'stream' ? 'is heard' : 'Plivo speaks'}`)
    case 'bot-audio-ended':
      return `bot     ◼ quiet since ${clockText(event.quietSinceMs).trim()}`
    case 'caller-speech-started':
      return paint('cyan', 'caller  ▶ speaks')
    case 'caller-speech-ended':
      return 'caller  ◼ is done'
    case 'pressed':
      return paint('cyan', `caller  presses ${event.digit}`)
    case 'audio-cleared':
      return event.droppedMs > 0 ? `bot     is cut short: ${ms(event.droppedMs)} never heard` : undefined
    case 'bot-sent-dtmf':
      return `bot     presses ${event.digits}`
    case 'leg-dialled':
      return `phone   ${event.to} is called`
    case 'leg-answered':
      return paint('green', `phone   ${event.to} answers`)
    case 'leg-bridged':
      return paint('green', `phone   ${event.to} talks to the caller`)
    case 'leg-ended':
      return `phone   ${event.to}: ${event.name} (${event.code})`
    case 'stream-closed':
      return `stream  closed by ${event.by === 'server' ? 'the bot' : event.by}: ${event.code} ${event.reason}`.trimEnd()
    case 'warning':
      return paint('yellow', `warning ${event.text}`)
    case 'ended':
      return `${paint('bold', 'hang-up')} ${event.name} (${event.code}), by ${event.source}`
    default:
      return undefined
  }
}

const elementsOf = (xml: string) =>
  [...xml.matchAll(/<([A-Z]\w*)/g)]
    .map(([, name]) => name)
    .filter((name) => name !== 'Response')
    .join(' ')

function summaryOf({ callUuid, answered, durationMs, hangup, latencies, heard, said }: CallResult) {
  return {
    callUuid,
    answered,
    durationMs: Math.round(durationMs),
    hangup,
    ...latencies,
    heard: soundOf(heard.samples, heard.sampleRateHz),
    said: soundOf(said.samples, said.sampleRateHz),
  }
}

const windowMs = 100
/** Telephone noise is below, the faintest speech above. */
const soundDbfs = -50
const mostMeterCells = 40
/** Of the line that the meter is in. */
const besideMeter = 52

/** How much of it can be heard, how loud that is, and when. */
function soundOf(samples: Int16Array, sampleRateHz: number) {
  const window = Math.round((sampleRateHz * windowMs) / 1000)
  const levels: number[] = []
  for (let at = 0; at < samples.length; at += window) levels.push(rmsDbfs(samples.subarray(at, at + window)))
  const loud = levels.filter((level) => level > soundDbfs)
  const mean = loud.reduce((sum, level) => sum + level, 0) / Math.max(1, loud.length)
  return {
    seconds: (loud.length * windowMs) / 1000,
    dbfs: loud.length === 0 ? -96 : Math.round(mean),
    activity: levels,
  }
}

/** The call from left to right as a line of bars. */
function meter(levels: readonly number[]): string {
  const bars = '▁▂▃▄▅▆▇█'
  const { columns } = process.stdout
  const meterCells = columns > 0 ? Math.max(8, Math.min(mostMeterCells, columns - besideMeter)) : mostMeterCells
  const perCell = levels.length / meterCells
  return Array.from({ length: meterCells }, (_, cell) => {
    const part = levels.slice(
      Math.floor(cell * perCell),
      Math.max(Math.floor(cell * perCell) + 1, Math.floor((cell + 1) * perCell)),
    )
    const loudest = Math.max(-96, ...part)
    return bars[Math.max(0, Math.min(bars.length - 1, Math.round(((loudest + 50) / 44) * (bars.length - 1))))]
  }).join('')
}
