import { describe, test } from 'vitest'
import { tone } from '../src/audio/tone.ts'
import { dialBot } from '../src/testing/index.ts'

const desk = '14155550123'
const words = { samples: tone({ frequencyHz: 300, durationMs: 2000, sampleRateHz: 8000 }), sampleRateHz: 8000 }

describe('examples/receptionist.ts', () => {
  const call0 = async (phones: Parameters<typeof dialBot>[1]) => {
    const call = await dialBot('./examples/receptionist.ts', phones)
    await call.hears('./prompts/welcome.wav')
    // The menu, spoken by Plivo between two streams.
    await call.happens('element', { where: ({ name }) => name === 'Speak' })
    await call.hearsNothingFor(800, { withinMs: 10_000 })
    call.press('0')
    return call
  }

  test('connects the caller with a human who accepts the call, after hearing whose it is', async () => {
    const listens = [{ do: 'wait-for-audio' }, { do: 'wait-for-quiet' }, { do: 'press', digits: '1' }] as const
    await using call = await call0({ phones: { [desk]: { answers: 1000, script: listens } } })
    await call.isTransferredTo(desk, { outcome: 'answered', withinMs: 30_000 })
    const human = await call.isAnsweredBy(desk)
    await call.says(words)
    await human.hearsTone(300)
    human.hangsUp()
    await call.hangsUpBy('bot')
  })

  test.each([
    ['is not there', { noAnswer: true }, 'no-answer'],
    ['is busy', { busy: true }, 'busy'],
    ['does not take the call', { answers: 1000 }, 'declined'],
  ] as const)(
    'takes a message when the human %s: the caller is back with the same bot, which goes on',
    async (_, phone, outcome) => {
      await using call = await call0({ phones: { [desk]: phone } })
      await call.isTransferredTo(desk, { outcome, withinMs: 60_000 })
      await call.happens('element', { where: ({ name }) => name === 'Record', withinMs: 30_000 })
      await call.says(words)
      call.press('#')
      await call.isRecorded()
      await call.hears('./prompts/goodbye.wav', { withinMs: 20_000 })
      await call.hangsUpBy('bot')
    },
  )
})
