import { isDeepStrictEqual } from 'node:util'
import {
  encodeBotMessage,
  parseBotMessage,
  parseCallWebhook,
  parseCarrierMessage,
  parseExtraHeaders,
  parseStreamContentType,
  parseStreamStatus,
  parseStreamStatusBody,
  verifyUpgrade,
  verifyV3,
} from '../../../src/plivo/index.ts'
import { botMessage, carrierMessage } from '../messages.ts'
import { damaged } from '../mutations.ts'
import type { Random } from '../random.ts'
import { check, type Target } from '../target.ts'

/** Everything that Offhook reads of Plivo's, in memory: a value or a failure, and never an exception. */
export const parsers: Target = {
  name: 'parsers',
  side: 'offhook',
  share: 0.6,
  roundCases: 5000,
  run(random, cases) {
    for (let i = 0; i < cases; i++) readOne(random)
  },
}

const callId = '5a3f7c52-9c0e-4c7e-8c63-6a0b1f9d2e11'
const form = `CallUUID=${callId}&Event=StartApp&From=14155550100&To=14155550199&CallStatus=ringing&Direction=inbound&HangupCauseCode=4000`

function readOne(random: Random): void {
  switch (random.below(7)) {
    case 0:
      readBotMessage(botMessage(random))
      return
    case 1:
      parseCallWebhook(new URLSearchParams(damaged(random, form)))
      return
    case 2:
      parseStreamStatus(new URLSearchParams(damaged(random, `${form}&StreamID=${callId}`)))
      parseStreamStatusBody('application/json', damaged(random, `{"Event":"StartStream","CallUUID":"${callId}"}`))
      return
    case 3:
      parseExtraHeaders(
        damaged(random, random.pick('tenant=acme,session=42', '{"a":"b"}', '{X-PH-k: v}', random.text())),
      )
      parseStreamContentType(damaged(random, 'audio/x-mulaw;rate=8000'))
      return
    case 4:
      readSignature(random)
      return
    default:
      parseCarrierMessage(carrierMessage(random, callId))
  }
}

function readBotMessage(text: string): void {
  const read = parseBotMessage(text)
  if (!read.ok || read.value.event === 'unknown') return
  const again = parseBotMessage(encodeBotMessage(read.value))
  check(isDeepStrictEqual(again, read), `${text} is read as another message once it is written again`)
}

function readSignature(random: Random): void {
  const url = damaged(random, 'https://voice.example.com:8443/plivo-xml?agent=a&org=b#x')
  const signature = random.pick(undefined, '', random.bytes(32).toString('base64'), random.text(), 'a,b,,c')
  const sent = { nonce: random.pick(undefined, '1', random.text()), signature, mainSignature: signature }
  const tokens = ['token']
  const genuine = verifyV3({ ...sent, tokens, method: random.pick('GET', 'POST'), url, params: [['a', random.text()]] })
  check(!genuine, 'a random signature was taken for genuine')
  check(verifyUpgrade({ ...sent, tokens, publicUrl: url }) === 'no', 'a random signature was taken for genuine')
}
