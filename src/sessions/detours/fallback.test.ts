import { describe, expect, test } from 'vitest'
import { describeFailure } from '../../lib/parsed.ts'
import { beginFallback, endFallback, parseFallback } from './fallback.ts'

const kinds = ['apology', 'forward', 'message', 'say', 'hangup'] as const
const read = (text: string) => {
  const result = parseFallback(text, 'on_crash', kinds)
  return result.ok ? result.value : describeFailure(result)
}

describe('a fallback', () => {
  test.each([
    ['apology', { type: 'apology' }],
    ['hangup', { type: 'hangup' }],
    ['message', { type: 'message' }],
    ['forward:+14155550100', { type: 'forward', to: '+14155550100' }],
    ['forward: 14155550100', { type: 'forward', to: '14155550100' }],
    ['forward:sip:desk@phone.example.com', { type: 'forward', to: 'sip:desk@phone.example.com' }],
    ['say:One moment: we call you back.', { type: 'say', text: 'One moment: we call you back.' }],
  ])('is written %j', (text, fallback) => {
    expect(read(text)).toEqual(fallback)
  })

  test.each([
    ['', 'on_crash must be one of apology, forward:<number>, message, say:<text>, hangup, got ""'],
    ['busy', 'on_crash must be one of apology, forward:<number>, message, say:<text>, hangup, got "busy"'],
    ['forward', 'on_crash must be forward: and a number with country code or a sip: URI, got "forward"'],
    ['forward:home', 'on_crash must be forward: and a number with country code or a sip: URI, got "forward:home"'],
    ['say:', 'on_crash must be say: and a text of at most 3000 characters'],
    ['hangup:now', 'on_crash must be hangup and nothing more, got "hangup:now"'],
  ])('is not written %j', (text, problem) => {
    expect(read(text)).toBe(problem)
  })

  test('that forwards ends with the talk, and with an apology when nobody took the call', () => {
    const fallback = { type: 'forward', to: '14155550100' } as const
    expect(beginFallback(fallback)).toMatchObject({
      type: 'detour',
      plan: { type: 'dial', to: ['14155550100'] },
      fallback,
    })
    expect(endFallback(fallback, { dialled: { status: 'completed', cause: undefined } })).toEqual({ type: 'hang-up' })
    expect(endFallback(fallback, { dialled: { status: 'busy', cause: undefined } })).toEqual({ type: 'apologise' })
    expect(endFallback(fallback, {})).toEqual({ type: 'apologise' })
  })

  test('for a call without a place speaks of busy lines, not of something that went wrong', () => {
    const busy = { type: 'say', text: expect.stringContaining('lines are busy') as string }
    expect(beginFallback({ type: 'apology' }, 'no-room')).toEqual(busy)
    expect(beginFallback({ type: 'apology' })).toEqual({ type: 'apologise' })
    expect(endFallback({ type: 'forward' }, {}, 'no-room')).toEqual(busy)
  })
})
