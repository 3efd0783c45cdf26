import { expect, expectTypeOf, test } from 'vitest'
import { type Bot, defineBot } from './bot.ts'
import type { Call } from './call.ts'

test('a function is a bot that runs it for each call', () => {
  const onCall = async (call: Call) => call.hangUp()
  expect(defineBot(onCall)).toEqual({ onCall })
})

test('a function that returns nothing to wait for is a bot too', () => {
  const onCall = (call: Call) => call.hangUp()
  expect(defineBot(onCall).onCall).toBe(onCall)
})

test('an object with onCall is the bot, prewarm and all', () => {
  const bot: Bot = { onCall: () => undefined, prewarm: async () => undefined }
  expect(defineBot(bot)).toBe(bot)
})

test('the author need not name the type of the call', () => {
  defineBot((call) => {
    expectTypeOf(call).toEqualTypeOf<Call>()
  })
  defineBot({
    onCall(call) {
      expectTypeOf(call).toEqualTypeOf<Call>()
    },
  })
})

test('a bot may serve sessions without a call alone, but must serve something', () => {
  const onSession = () => undefined
  expect(defineBot({ onSession })).toEqual({ onSession })
  expect(() => defineBot({})).toThrow('onCall, onSession or both')
})
