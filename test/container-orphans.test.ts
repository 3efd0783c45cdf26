/** Containers of a node that was killed, with a real engine. */
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { botImage, engineForTests, hasEngine } from './support/engine.ts'
import { KillableServe } from './support/killable-serve.ts'
import { patience } from './support/patience.ts'
import { TemporaryFolder } from './support/temporary-folder.ts'

describe.skipIf(!hasEngine)('a node that is killed', () => {
  test('leaves its containers, which its next life removes; one that is stopped leaves none', async () => {
    await using folder = await TemporaryFolder.create()
    const home = folder.path
    const containers = async () => {
      const filters = { label: [`offhook.home=${home}`] }
      return (await engineForTests().listContainers({ all: true, filters })).map(({ Id }) => Id)
    }
    const image = await botImage()
    let first: string[]
    let kept: string
    {
      await using node = await KillableServe.start(home, { OFFHOOK_NODE_ID: 'phoenix' })
      const { token, organization } = node.owner
      const answer = await fetch(`${node.url}/v1/organizations/${organization}/services`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ serviceName: 'desk', image, autoScaling: { minAgents: 2 } }),
      })
      const { body } = (await answer.json()) as { body: { desiredDeploymentId: string } }
      kept = `offhook/version:${body.desiredDeploymentId}`
      await expect.poll(containers, patience).toHaveLength(2)
      await node.kill()
      // The engine keeps them.
      await pause(500)
      first = await containers()
      expect(first).toHaveLength(2)
    }
    {
      await using next = await KillableServe.start(home, { OFFHOOK_NODE_ID: 'phoenix' })
      await expect.poll(() => next.output, patience).toMatch(/an earlier node left behind are removed containers=2/)
      await expect.poll(containers, patience).toHaveLength(2)
      expect((await containers()).filter((id) => first.includes(id))).toEqual([])
      next.signal('SIGTERM')
      expect(await next.ended()).toBe(0)
    }
    expect(await containers()).toEqual([])
    await engineForTests().getImage(kept).remove({ force: true })
  }, 120_000)
})
