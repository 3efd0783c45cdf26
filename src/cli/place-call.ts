import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { CallerAction, CallResult, Phones } from '../simulator/index.ts'
import { type CallView, createJsonView, createTextView } from './call-view.ts'
import { answerUrlOf, startLocalPlivo } from './local-plivo.ts'
import type { NodeFile } from './node-file.ts'

export interface PlaceCallOptions {
  readonly node: NodeFile
  readonly agent: string
  /** What the carrier is asked to send: `mulaw`, `l16-8k`, `l16-16k`. */
  readonly audio: string | undefined
  readonly caller: CallerAction[]
  /** What numbers do that the bot has dialled. */
  readonly phones?: Phones | undefined
  readonly maxDurationMs: number
  /** Where the recording goes; by default a new file under `home`. */
  readonly recording: string | undefined
  readonly home: string
  readonly json: boolean
  readonly signal?: AbortSignal
}

/** Places a simulated call and shows it as it happens. */
export async function placeCall(options: PlaceCallOptions): Promise<CallResult> {
  const { node, agent, audio, caller, phones, maxDurationMs, signal } = options
  const view: CallView = options.json ? createJsonView() : createTextView()
  await using plivo = await startLocalPlivo(node, phones)
  const call = plivo.api.switchboard.receive({
    ...callParties,
    answerUrl: answerUrlOf(node, agent, { audio, plivoApi: plivo.url }),
    hangupUrl: `${node.url}/plivo/hangup`,
    caller,
    maxDurationMs,
    onEvent: (event) => view.show(event),
    ...(signal && { signal }),
  })
  const result = await call.ended
  const recording = options.recording ?? join(options.home, 'calls', `${fileTime()}-${result.callUuid.slice(0, 8)}.wav`)
  await mkdir(dirname(recording), { recursive: true })
  await writeFile(recording, result.recording())
  view.end(result, recording)
  return result
}

/** Numbers that nobody has. */
export const callParties = { from: '14155550100', to: '14155550199' }

const fileTime = () => new Date().toISOString().replaceAll(/[:.]/g, '-').slice(0, 19)
