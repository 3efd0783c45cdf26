import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type CallerAction, type CallResult, dial } from '../simulator/index.ts'
import { type CallView, createJsonView, createTextView } from './call-view.ts'
import type { NodeFile } from './node-file.ts'

export interface PlaceCallOptions {
  readonly node: NodeFile
  readonly agent: string
  /** What the carrier is asked to send: `mulaw`, `l16-8k`, `l16-16k`. */
  readonly audio: string | undefined
  readonly caller: CallerAction[]
  readonly maxDurationMs: number
  /** Where the recording goes; by default a new file under `home`. */
  readonly recording: string | undefined
  readonly home: string
  readonly json: boolean
  readonly signal?: AbortSignal
}

/** Places a simulated call and shows it as it happens. */
export async function placeCall(options: PlaceCallOptions): Promise<CallResult> {
  const { node, agent, audio, caller, maxDurationMs, signal } = options
  const view: CallView = options.json ? createJsonView() : createTextView()
  const call = dial({
    answerUrl: answerUrlOf(node, agent, audio),
    hangupUrl: `${node.url}/plivo/hangup`,
    authTokens: [node.authToken],
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

export function answerUrlOf({ url, organization }: NodeFile, agent: string, audio?: string): string {
  const query = new URLSearchParams({ agent, org: organization, ...(audio !== undefined && { audio }) })
  return `${url}/plivo-xml?${query.toString()}`
}

const fileTime = () => new Date().toISOString().replaceAll(/[:.]/g, '-').slice(0, 19)
