import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { l16At8k, mulaw8k } from '../audio/format.ts'
import { PassedMessageReader } from './passed-message.ts'

const audio = (bytes: number, { contentType = 'audio/x-mulaw', sampleRate = 8000 }: object & Partial<Media> = {}) => ({
  event: 'playAudio',
  media: { contentType, sampleRate, payload: Buffer.alloc(bytes, 7).toString('base64') },
})

interface Media {
  contentType: string
  sampleRate: number | string
}

const read = (raw: string, format = mulaw8k) => new PassedMessageReader(format).read(raw)

describe('audio in the words of the carrier', () => {
  test('is as long as its payload says, for every length', () => {
    const reader = new PassedMessageReader(mulaw8k)
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2000 }), fc.boolean(), (bytes, spaced) => {
        const raw = JSON.stringify(audio(bytes), undefined, spaced ? 1 : undefined)
        expect(reader.read(raw)).toEqual({ type: 'audio', ms: bytes / 8, doubtful: false })
      }),
    )
  })

  test('is counted in whole samples', () => {
    const raw = JSON.stringify(audio(321, { contentType: 'audio/x-l16' }))
    expect(read(raw, l16At8k)).toMatchObject({ ms: 20 })
  })

  test('may name its fields in any order, its rate as text, its type with the rate', () => {
    const { payload } = audio(160).media
    const raw = `{"streamId":"s","media":{"payload":"${payload}","sampleRate":"8000","contentType":"audio/x-mulaw;rate=8000"},"event":"playAudio"}`
    expect(read(raw)).toMatchObject({ type: 'audio', ms: 20 })
  })

  test('may have its slashes escaped', () => {
    const raw = JSON.stringify({ ...audio(0), media: { ...audio(0).media, payload: '////' } }).replace(
      '"////"',
      String.raw`"\/\/\/\/"`,
    )
    expect(read(raw)).toMatchObject({ type: 'audio', ms: 3 / 8 })
  })

  test('in another format is nothing that is heard', () => {
    expect(read(JSON.stringify(audio(160, { sampleRate: 16_000 })))).toEqual({ type: 'other' })
    expect(read(JSON.stringify(audio(320, { contentType: 'audio/x-l16' })))).toEqual({ type: 'other' })
  })

  test('in a message longer than the carrier takes is doubtful', () => {
    expect(read(JSON.stringify(audio(60_000)))).toMatchObject({ doubtful: true })
  })

  test('is read anew when what stands around it changes', () => {
    const reader = new PassedMessageReader(mulaw8k)
    expect(reader.read(JSON.stringify(audio(160)))).toMatchObject({ type: 'audio' })
    expect(reader.read(JSON.stringify({ ...audio(160), event: 'other' }))).toEqual({ type: 'other' })
    expect(reader.read(JSON.stringify(audio(80)))).toMatchObject({ ms: 10 })
  })
})

describe('other messages', () => {
  test.each([
    ['{"event":"clearAudio","streamId":"s"}', 'clear'],
    ['{"event":"clearAudio"}', 'clear'],
    ['{"event":"checkpoint","streamId":"s","name":"clearAudio"}', 'other'],
    [String.raw`{"event":"checkpoint","streamId":"s","name":"\"payload\":\"AAAA\""}`, 'other'],
    ['{"event":"checkpoint","streamId":"s","name":"payload","payload":"AAAA"}', 'other'],
    ['{"event":"clearAudio","payload":"AAAA"}', 'clear'],
    ['{"event":"playAudio"}', 'other'],
    ['{"event":"playAudio","media":{"payload":"', 'other'],
    ['"payload"', 'other'],
    ['no JSON', 'other'],
    ['', 'other'],
  ])('%s is %s', (raw, type) => {
    expect(read(raw).type).toBe(type)
  })
})
