import { beforeEach, describe, expect, test } from 'vitest'
import { mulaw8k } from '../../audio/format.ts'
import { SentAudio } from './sent-audio.ts'

const audio = (utterance: number) => ({ kind: 'audio', utterance, audio: new Uint8Array(160).fill(utterance) }) as const

let sent: SentAudio

beforeEach(() => {
  sent = new SentAudio(mulaw8k)
  sent.add(audio(1), 0)
  sent.add({ kind: 'checkpoint', utterance: 0, name: 'theirs' }, 20)
  sent.add(audio(2), 20)
  sent.add({ kind: 'end', utterance: 2 }, 40)
})

describe('what was sent and not heard', () => {
  test('comes back in order, of the piece that was playing the rest', () => {
    const back = sent.clear(10)
    expect(back.map(({ kind }) => kind)).toEqual(['audio', 'checkpoint', 'audio', 'end'])
    expect(back[0]).toMatchObject({ utterance: 1, audio: new Uint8Array(80).fill(1) })
    expect(sent.clear(0)).toEqual([])
  })

  test('comes back without the audio that was heard, with all that is not known to have been', () => {
    expect(sent.clear(30).map(({ kind }) => kind)).toEqual(['checkpoint', 'audio', 'end'])
  })

  test('comes back without what was forgotten, and without checkpoints that were acknowledged', () => {
    sent.forget(20)
    sent.played('theirs')
    expect(sent.clear(20).map(({ kind }) => kind)).toEqual(['audio', 'end'])
  })

  test('is told in milliseconds of an utterance', () => {
    expect(sent.behindMs(2, 25)).toBe(15)
    expect(sent.behindMs(2, 0)).toBe(20)
    expect(sent.behindMs(1, 20)).toBe(0)
  })
})
