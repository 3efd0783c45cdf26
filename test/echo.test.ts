import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { DevProcess } from './support/dev-process.ts'
import {
  askForXml,
  ForeignStream,
  l16at16k,
  l16at8k,
  mulaw,
  newCallUuid,
  streamUrlIn,
} from './support/foreign-client.ts'

const framesOf = (count: number, bytes: number) => Array.from({ length: count }, () => randomBytes(bytes))
const echoSeconds = Number(process.env['OFFHOOK_TEST_ECHO_SECONDS'] ?? 5)

const formats = [
  ['mulaw', mulaw],
  ['l16-8k', l16at8k],
  ['l16-16k', l16at16k],
] as const

test.each(formats)('a foreign client hears every byte back from echo.ts in order: %s', async (name, format) => {
  await using dev = await DevProcess.start({ args: ['examples/echo.ts'] })
  const callId = newCallUuid()
  const answer = await askForXml(`${dev.answerUrl}&audio=${name}`, { CallUUID: callId })
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toContain('application/xml')
  const xml = await answer.text()
  expect(xml).toContain(`contentType="${format.encoding};rate=${format.sampleRate}"`)
  const stream = await new ForeignStream(streamUrlIn(xml), callId, format).opened()
  stream.start()
  const frames = framesOf(echoSeconds * 50, format.frameBytes)
  await stream.stream(frames)
  await stream.hears(Buffer.concat(frames))
  stream.dtmf('#')
  expect((await stream.closed).code).toBe(1000)
})
