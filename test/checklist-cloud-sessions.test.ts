import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import * as cli from './support/cli-answers.ts'
import { type CloudNode, describeNodes } from './support/cloud-node.ts'
import { ForeignStream, newCallUuid } from './support/foreign-client.ts'
import { patience } from './support/patience.ts'

// Sessions and logs as Pipecat Cloud's clients read them: statements by their numbers.

const openDoor = { websocketAuth: 'none' }
/** Prints what is pressed, and leaves at `#`. */
const talker = `
  import { defineBot } from 'offhook'
  export default defineBot(async (call) => {
    console.log('INFO took a call')
    for await (const event of call) {
      if (event.type !== 'dtmf') continue
      if (event.digit === '#') return
      console.log((event.digit === '9' ? 'ERROR' : 'DEBUG') + ' heard ' + event.digit)
    }
  })`

/** A call to the agent that a bot has. */
async function call(node: CloudNode, agent: string): Promise<ForeignStream> {
  const stream = await new ForeignStream(node.streamUrl(agent), newCallUuid()).opened()
  stream.start()
  return stream
}

describeNodes((node) => {
  const list = (agent: string) => node().read(cli.sessions, node().cli('GET', `/services/${agent}/sessions`))
  const running = async (agent: string) => {
    await expect.poll(async () => (await list(agent)).sessions[0]?.botStartSeconds ?? null, patience).not.toBeNull()
    return (await list(agent)).sessions[0]?.sessionId ?? ''
  }

  test('statement 41: a body above 4 KB for a WebSocket, or 1 MB, is 413; one that nobody could vouch for is 400', async () => {
    await node().addAgent('fed')
    await node().addAgent('open-fed', openDoor)
    const ofBytes = (bytes: number) => ({ text: 'x'.repeat(bytes - '{"text":""}'.length) })
    const start = (agent: string, bytes: number, transport?: string) =>
      node().start(agent, { ...(transport && { transport }), body: ofBytes(bytes) })
    for (const bytes of [1024 * 1024 + 1, 3 * 1024 * 1024]) {
      const { status, body } = await start('fed', bytes)
      expect([status, body.error]).toEqual([413, expect.stringMatching(/too large|at most/)])
    }
    expect(await start('fed', 4097, 'websocket')).toMatchObject({ status: 413, body: { error: expect.any(String) } })
    expect(await start('fed', 4096, 'websocket')).toMatchObject({ status: 200 })
    const refused = { status: 400, body: { code: '400', error: expect.stringContaining('websocket_auth') } }
    expect(await start('open-fed', 20, 'websocket')).toMatchObject(refused)
    expect(await node().start('open-fed', { transport: 'websocket' })).toMatchObject({ status: 200 })
    expect([(await list('fed')).sessions, (await list('open-fed')).sessions]).toEqual([[], []])
  })

  test('statement 45: a running session has no end; a finished one says how it ended and how its bot started', async () => {
    await node().addBot('spoken', talker, openDoor)
    using stream = await call(node(), 'spoken')
    const sessionId = await running('spoken')
    expect((await list('spoken')).sessions).toMatchObject([{ sessionId, endedAt: null, completionStatus: null }])
    expect((await node().details('spoken')).activeSessionCount).toBe(1)
    stream.dtmf('#')
    await stream.closed
    await expect.poll(async () => (await list('spoken')).sessions[0]?.endedAt, patience).not.toBeNull()
    expect((await list('spoken')).sessions).toEqual([
      expect.objectContaining({
        sessionId,
        completionStatus: 'WS_CONNECTION_CLOSED',
        botStartSeconds: expect.any(Number),
        coldStart: expect.any(Boolean),
      }),
    ])
    const { body } = await node().rest('GET', '/agents/spoken/sessions?status=ended')
    expect(body).toMatchObject({ total_count: 1, sessions: [{ sessionId }] })
    expect((await node().rest('GET', '/agents/spoken/sessions?status=active')).body.total_count).toBe(0)
  })

  test('statement 46: a session shows what it used, with the time in whole seconds', async () => {
    await node().addAgent('measured', openDoor)
    using _stream = await call(node(), 'measured')
    const sessionId = await running('measured')
    const { store } = node().open
    const organization = await store.organizations.findByName(node().organization)
    const samples = [1_700_000_001_250, 1_700_000_003_750].map((atMs, at) => ({
      atMs,
      cpuMillicores: 100 + at * 200,
      memoryBytes: 5_000_000_000 + at,
    }))
    await store.sessions.setMetrics(organization?.id ?? '', sessionId, { samples })
    const read = node().cli('GET', `/services/measured/sessions/${sessionId}`)
    const { resourceMetrics } = await node().read(cli.oneSession, read)
    expect(resourceMetrics).toMatchObject({
      sampleCount: 2,
      cpuMillicoresP50: 100,
      cpuMillicoresP90: 300,
      memoryBytesP50: 5_000_000_000,
      memoryBytesP99: 5_000_000_001,
      timeseries: [
        { t: 1_700_000_001, c: 100, m: 5_000_000_000 },
        { t: 1_700_000_003, c: 300, m: 5_000_000_001 },
      ],
    })
  })

  test('statement 47: a session that is stopped has an end, and its caller’s stream too; an unknown one is 404', async () => {
    await node().addBot('stopped', talker, openDoor)
    using stream = await call(node(), 'stopped')
    const sessionId = await running('stopped')
    const stop = (id: string) => node().cli('DELETE', `/services/stopped/sessions/${id}`)
    expect(await node().read(cli.terminated, stop(sessionId))).toEqual({ status: 'terminated', session_id: sessionId })
    await stream.closed
    await expect.poll(async () => (await list('stopped')).sessions[0]?.endedAt, patience).not.toBeNull()
    expect(await stop(sessionId)).toMatchObject({ status: 404, body: { code: '404' } })
    expect(await stop(randomUUID())).toMatchObject({ status: 404, body: { code: '404' } })
    const unknown = await node().rest('DELETE', `/agents/stopped/sessions/${randomUUID()}`)
    expect(unknown).toMatchObject({ status: 404, body: { code: '404' } })
  })

  test('statement 49: logs give only the lines that were asked for', async () => {
    await node().addBot('printing', talker, openDoor)
    using one = await call(node(), 'printing')
    one.dtmf('1')
    const first = await running('printing')
    one.dtmf('#')
    await one.closed
    await node().addBot('printing', `${talker} // again`, { ...openDoor, forceRedeploy: true })
    const { desiredDeploymentId } = await node().details('printing')
    using two = await call(node(), 'printing')
    for (const digit of '29#') two.dtmf(digit)
    await two.closed
    const lines = async (query: string) => {
      const { logs } = await node().read(cli.logs, node().cli('GET', `/services/printing/logs?${query}`))
      return logs.map(({ log }) => log)
    }
    await expect.poll(async () => (await lines('limit=100')).length, patience).toBe(5)
    const ofTwo = ['ERROR heard 9', 'DEBUG heard 2', 'INFO took a call']
    expect(await lines('limit=100')).toEqual([...ofTwo, 'DEBUG heard 1', 'INFO took a call'])
    expect(await lines(`limit=100&sessionId=${first}`)).toEqual(['DEBUG heard 1', 'INFO took a call'])
    expect(await lines(`limit=100&deploymentId=${desiredDeploymentId}`)).toEqual(ofTwo)
    expect(await lines('limit=100&deploymentId=another')).toEqual([])
    expect(await lines('limit=1')).toEqual(['ERROR heard 9'])
    const page = async (query: string) => (await node().rest('GET', `/agents/printing/logs?${query}`)).body
    const texts = async (query: string) => (await page(query)).logs.map(({ log }: { log: string }) => log)
    expect((await page('query=heard')).total).toEqual({ value: 3, relation: 'eq' })
    expect(await texts('query=heard&order=asc')).toEqual(['DEBUG heard 1', 'DEBUG heard 2', 'ERROR heard 9'])
    expect(await texts('limit=1&offset=1')).toEqual(['DEBUG heard 2'])
    const seconds = Math.floor(Date.now() / 1000)
    expect([await texts(`startTime=${seconds + 60}`), await texts(`endTime=${seconds - 3600}`)]).toEqual([[], []])
    expect(await texts(`startTime=${seconds - 3600}&endTime=${seconds + 60}`)).toHaveLength(5)
    expect(Date.parse((await page('limit=1')).logs[0].timestamp)).toBeGreaterThan((seconds - 3600) * 1000)
  })
})
