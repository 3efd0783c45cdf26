import { test } from 'node:test'
import { dialBot } from 'offhook/testing'

test('says back what it hears, and ends at #', async () => {
  await using call = await dialBot(new URL('./bot.ts', import.meta.url))
  await call.says('./callers/hello.wav')
  await call.hears('./callers/hello.wav')
  call.press('#')
  await call.hangsUpBy('bot')
})
