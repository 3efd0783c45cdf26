import { expect, test } from 'vitest'
import { LogReader } from '../src/cli/log-reader.ts'
import { ControlClient } from '../src/control/client.ts'
import { ControlServer } from './support/control-server.ts'

test('as many lines are read as were asked for, each once and in their order, however few come at once', async () => {
  await using server = await ControlServer.start()
  const { organization, token, privateKey } = await server.addTenant('ann@example.com')
  await server.send(privateKey, 'POST', '/v1/agents', { serviceName: 'desk', image: 'me/bot:1' })
  const agent = await server.store.agents.find(organization.id, 'desk')
  const { logs } = server.store
  for (let line = 0; line < 2600; line++)
    logs.append({ organizationId: organization.id, agentId: agent?.id ?? '', text: `line ${line}` })
  await logs.flush()
  const client = new ControlClient({ url: server.url, token, organization: organization.name })
  const reader = new LogReader({ client, agent: 'desk', session: undefined })
  const lines = await reader.latest(2500)
  expect(lines.map(({ log }) => log)).toEqual(Array.from({ length: 2500 }, (_, index) => `line ${index + 100}`))
  expect(await reader.next()).toEqual([])
})
