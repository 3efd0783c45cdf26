import { createServer } from 'node:net'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findEngine, NoEngineError, parseEngineAddress } from './engine-address.ts'

test('DOCKER_HOST names a socket or an address', () => {
  expect(parseEngineAddress('unix:///run/docker.sock')).toEqual({ socketPath: '/run/docker.sock' })
  expect(parseEngineAddress('tcp://10.0.0.5')).toEqual({ protocol: 'http', host: '10.0.0.5', port: 2375 })
  expect(parseEngineAddress('http://engine:99')).toEqual({ protocol: 'http', host: 'engine', port: 99 })
  for (const text of ['unix://', 'ssh://me@there', 'docker.sock'])
    expect(() => parseEngineAddress(text)).toThrow(/DOCKER_HOST must be like unix:/)
})

test('without DOCKER_HOST a socket in the user’s own folder is found, and what is named is not looked for', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'offhook-engine-'))
  await mkdir(join(folder, 'podman'))
  const server = createServer().listen(join(folder, 'podman', 'podman.sock'))
  try {
    const found = await findEngine({ runtimeFolder: folder })
    // A machine's own engine comes first.
    expect(found).toMatchObject({ socketPath: expect.stringMatching(/\.sock$/) as string })
    expect(await findEngine({ address: 'unix:///nowhere', runtimeFolder: folder })).toEqual({ socketPath: '/nowhere' })
  } finally {
    server.close()
    await rm(folder, { recursive: true, force: true })
  }
})

test('an address that is none is refused when it is needed', async () => {
  await expect(findEngine({ address: 'nonsense' })).rejects.toThrow(NoEngineError)
})
