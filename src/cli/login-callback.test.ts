import { expect, test } from 'vitest'
import { LoginCallback } from './login-callback.ts'

test('what no browser asks that comes from a log-in ends nothing', async () => {
  await using callback = await LoginCallback.listen()
  const { origin } = new URL(callback.redirectUri)
  for (const path of ['/', '/oauth_callback/', '//', '//[']) expect((await fetch(`${origin}${path}`)).status).toBe(404)
  expect((await fetch(`${callback.redirectUri}?code=1`)).status).toBe(200)
  expect((await callback.answer).get('code')).toBe('1')
})
