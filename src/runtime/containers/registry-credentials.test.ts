import { expect, test } from 'vitest'
import { credentialsOf, isSecretOf, registryOf } from './registry-credentials.ts'

const image = (registry: string) => ({ registry, name: 'bot', version: '1' })
const secret = (host: string, text = 'ann:pass:word') => ({ host, value: Buffer.from(text).toString('base64') })

test('a secret is for the images of its registry, however either is written', () => {
  expect(isSecretOf(secret('https://index.docker.io/v1/'), image('docker.io'))).toBe(true)
  expect(isSecretOf(secret('ghcr.io'), image('ghcr.io'))).toBe(true)
  expect(isSecretOf(secret('https://127.0.0.1:5000/'), image('127.0.0.1:5000'))).toBe(true)
})

test('a secret is shown to no other registry, nor to one on another port', () => {
  expect(isSecretOf(secret('ghcr.io'), image('docker.io'))).toBe(false)
  expect(isSecretOf(secret('ghcr.io'), image('ghcr.io.example'))).toBe(false)
  expect(isSecretOf(secret('127.0.0.1:5000'), image('127.0.0.1:5001'))).toBe(false)
})

test.each([
  ['ghcr.io', 'ghcr.io/'],
  ['docker.io', 'https://index.docker.io/v1/'],
  ['127.0.0.1:5000', 'http://127.0.0.1:5000/'],
])('people read %s of a secret for %s', (name, host) => {
  expect(registryOf({ host })).toBe(name)
})

test('a password may have colons; a value without a name is no secret', () => {
  expect(credentialsOf(secret('ghcr.io'))).toEqual({
    username: 'ann',
    password: 'pass:word',
    serveraddress: 'ghcr.io',
  })
  expect(credentialsOf(secret('ghcr.io', 'token'))).toBeUndefined()
  expect(credentialsOf(secret('ghcr.io', ':token'))).toBeUndefined()
})
