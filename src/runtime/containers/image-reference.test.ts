import { expect, test } from 'vitest'
import { parseImageReference } from './image-reference.ts'

test.each([
  ['bot', 'docker.io', 'bot', 'latest'],
  ['me/bot:1.2', 'docker.io', 'me/bot', '1.2'],
  ['ghcr.io/me/bot', 'ghcr.io', 'ghcr.io/me/bot', 'latest'],
  ['localhost/bot:x', 'localhost', 'localhost/bot', 'x'],
  ['127.0.0.1:5000/bot', '127.0.0.1:5000', '127.0.0.1:5000/bot', 'latest'],
  ['127.0.0.1:5000/bot:1', '127.0.0.1:5000', '127.0.0.1:5000/bot', '1'],
  [`me/bot:1@sha256:${'a'.repeat(64)}`, 'docker.io', 'me/bot', `sha256:${'a'.repeat(64)}`],
])('%s is in %s', (text, registry, name, version) => {
  expect(parseImageReference(text)).toEqual({ registry, name, version })
})

test.each([
  '',
  'Me/Bot',
  'bot:',
  ':1',
  'bot 1',
  'a//b',
  '../etc',
  'bot@sha256:1',
  'bot:1@',
  'http://ghcr.io/bot',
  'bot?x=1',
])('%j is no name of an image', (text) => {
  expect(parseImageReference(text)).toBeUndefined()
})
