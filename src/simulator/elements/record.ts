import { once } from 'node:events'
import { tone } from '../../audio/tone.ts'
import { AttributeReader } from '../attribute-reader.ts'
import { telephoneRateHz } from '../audio-track.ts'
import type { CallContext } from '../call-context.ts'
import { Recording } from '../recording.ts'
import type { WebhookParameters } from '../webhook-sender.ts'
import type { XmlElement } from '../xml-document.ts'
import { afterAction } from './action.ts'
import { nextElement, type ElementKind, type Next } from './element-kind.ts'

const beep = {
  samples: tone({ frequencyHz: 1000, durationMs: 300, sampleRateHz: telephoneRateHz }),
  sampleRateHz: telephoneRateHz,
}

/** Section 6.5. `recordSession` and `startOnDialAnswer` record beside the document; otherwise the element waits. */
export const record: ElementKind = {
  attributes: [
    'action',
    'method',
    'redirect',
    'fileFormat',
    'timeout',
    'maxLength',
    'finishOnKey',
    'playBeep',
    'recordSession',
    'startOnDialAnswer',
    'recordChannelType',
    'callbackUrl',
    'callbackMethod',
    'transcriptionType',
    'transcriptionUrl',
    'transcriptionMethod',
  ],
  run: async (element, call) => {
    const read = new AttributeReader(element, (text) => call.timeline.warn(text))
    if (read.text('transcriptionUrl') !== undefined) call.timeline.warn('Record: nothing is transcribed here')
    if (call.recordings.folder === undefined) {
      call.timeline.warn('Record: there is no folder for recordings: no file is written')
    }
    if (read.boolean('startOnDialAnswer', false)) {
      call.inBackground(recordLeg(read, call))
      return nextElement
    }
    if (read.boolean('recordSession', false)) return recordSession(element, read, call)
    return recordMessage(element, read, call)
  },
}

const open = (read: AttributeReader, call: CallContext): Recording =>
  new Recording(call, {
    channels: read.oneOf('recordChannelType', ['mono', 'stereo'], 'stereo'),
    requestedFormat: read.oneOf('fileFormat', ['mp3', 'wav'], 'mp3'),
  })

function recordSession(element: XmlElement, read: AttributeReader, call: CallContext): Next {
  const recording = open(read, call)
  call.inBackground(untilOver(recording, read, call))
  return afterAction(element, call, recording.parameters)
}

/** From the moment at which a dialled leg is bridged. */
async function recordLeg(read: AttributeReader, call: CallContext): Promise<void> {
  await call.line.when(() => call.bridged !== undefined, call.over)
  if (!call.over.aborted) await untilOver(open(read, call), read, call)
}

async function untilOver(recording: Recording, read: AttributeReader, call: CallContext): Promise<void> {
  if (!call.over.aborted) await once(call.over, 'abort')
  callBack(read, call, await recording.finish())
}

async function recordMessage(element: XmlElement, read: AttributeReader, call: CallContext): Promise<Next> {
  const { line, clock, over, halted } = call
  const silenceMs = read.whole('timeout', { least: 1, standard: 15 }) * 1000
  const maxLengthMs = read.whole('maxLength', { least: 1, standard: 60 }) * 1000
  const finishOnKey = read.text('finishOnKey') ?? '#'
  if (read.boolean('playBeep', true)) await line.announce(beep, halted)

  const recording = open(read, call)
  const startedAt = clock.monotonic()
  const firstDigit = line.digits.length
  const finishingDigit = () => {
    const digits = finishOnKey === 'none' ? '' : line.digits.slice(firstDigit)
    return digits.split('').find((digit) => finishOnKey.includes(digit))
  }
  await line.when(() => {
    const now = clock.monotonic()
    const quietMs = now - Math.max(startedAt, line.caller.lastHeardAt)
    return quietMs >= silenceMs || now - startedAt >= maxLengthMs || finishingDigit() !== undefined
  }, halted)

  const parameters = await recording.finish()
  callBack(read, call, parameters)
  if (over.aborted) return nextElement
  return afterAction(element, call, { ...parameters, Digits: finishingDigit() ?? '' })
}

function callBack(read: AttributeReader, call: CallContext, parameters: WebhookParameters): void {
  const url = read.webUrl('callbackUrl')
  if (url === undefined) return
  const method = read.oneOf('callbackMethod', ['GET', 'POST'], 'POST')
  const all = { CallUUID: call.facts.callUuid, From: call.facts.from, To: call.facts.to, ...parameters }
  call.notify({ method, url, parameters: all }, (result) => ({ type: 'recording-callback', url, ...result }))
}
