import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../lib/clock.ts'
import { type Engine, openEngine } from './engine.ts'
import { buildImage } from './image-build.ts'

/** Says who it is, and never comes to an end of a build. */
let slow: Server
let engine: Engine

beforeAll(async () => {
  slow = createServer(({ url = '' }, response) => {
    if (url.includes('/build')) return
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(url.endsWith('/version') ? { Components: [{ Name: 'Podman Engine' }] } : {}))
  })
  slow.listen(0, '127.0.0.1')
  await once(slow, 'listening')
  const { port } = slow.address() as AddressInfo
  engine = await openEngine({ address: `tcp://127.0.0.1:${port}`, clock: systemClock })
})

afterAll(() => {
  slow.closeAllConnections()
  slow.close()
})

const endless = () => new Readable({ read: () => undefined })

function build({ context = endless(), timeoutMs = 60_000, signal = new AbortController().signal }) {
  const request = { context, dockerfilePath: 'Dockerfile', tag: 'a:b', labels: {}, timeoutMs, signal, onLog: () => {} }
  return buildImage(engine, systemClock, request)
}

describe('a build', () => {
  test('of a context that broke before the engine was asked ends with what is wrong with it', async () => {
    const context = endless()
    context.destroy(Object.assign(new Error('incorrect header check'), { code: 'Z_DATA_ERROR' }))
    await once(context, 'error').catch(() => {})
    await expect(build({ context })).rejects.toThrow(
      'the build context must be a tar archive with gzip: incorrect header check',
    )
  })

  test('of a context that breaks on the way ends with what is wrong with it', async () => {
    const context = endless()
    const built = build({ context })
    await once(slow, 'request')
    context.destroy(new Error('it has more than it may'))
    await expect(built).rejects.toThrow('it has more than it may')
  })

  test('that takes too long ends with the time', async () => {
    await expect(build({ timeoutMs: 50 })).rejects.toMatchObject({
      timedOut: true,
      message: 'the build was not done in 0.05 s',
    })
  })

  test('ends when it is told to, before its beginning too', async () => {
    const stop = new AbortController()
    const built = build({ signal: stop.signal })
    await once(slow, 'request')
    stop.abort()
    await expect(built).rejects.toThrow('the node stopped while it built: deploy again')
    await expect(build({ signal: stop.signal })).rejects.toThrow('the node stopped while it built: deploy again')
  })
})
