import { test } from 'node:test'
import { dialBot } from 'offhook/testing'

test('knows its opening hours, and says goodbye', async () => {
  await using call = await dialBot(new URL('./bot.ts', import.meta.url))
  await call.hears('./prompts/welcome.wav')
  call.press('1')
  await call.hears('./prompts/hours.wav')
  call.press('#')
  await call.hears('./prompts/goodbye.wav')
  await call.hangsUpBy('bot')
})
