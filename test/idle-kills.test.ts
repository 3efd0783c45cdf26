import { expect, test } from 'vitest'
import type { Lease } from '../src/runtime/pool/pool.ts'
import { never, anyStart } from './support/pool-bench.ts'
import { echoBot, startNode } from './support/node.ts'
import { patience } from './support/patience.ts'
import { botsOf, isAlive } from './support/processes.ts'

/** 1000 for certainty; each takes about as long as a bot takes to start. */
const kills = Number(process.env['OFFHOOK_TEST_KILLS'] ?? 20)

/** Starts a call and ends it again. Rejects when the instance is lost before its bot has taken the call. */
async function serveCall(lease: Lease): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const link = lease.startCall(anyStart, {
    onStarted: resolve,
    onCommand: () => undefined,
    onPrint: () => undefined,
    onOver: (over) => reject(new Error(`${lease.instanceId} got a call and is gone: ${JSON.stringify(over)}`)),
  })
  await promise
  link.close('caller')
}

/** Blocks this process's event loop, which cannot hear of the exit meanwhile. */
function killNow(pid: number): void {
  process.kill(pid, 'SIGKILL')
  while (isAlive(pid));
}

test(
  'an instance that is killed while it is idle is given to no call, not even before anybody could notice',
  async () => {
    await using node = await startNode({ bot: echoBot })
    const pool = node.pool()
    const used = new Set<string>()
    for (let n = 0; n < kills; n++) {
      await expect.poll(() => pool.status, patience).toMatchObject({ starting: 0, active: 0 })
      const idle = await pool.acquire(never, () => undefined)
      idle.release()
      used.add(idle.instanceId)
      for (const pid of botsOf(process.pid)) killNow(pid)
      const lease = await pool.acquire(never, () => undefined)
      expect(used).not.toContain(lease.instanceId)
      await serveCall(lease)
    }
    expect(used.size).toBe(kills)
  },
  30_000 + kills * 2000,
)
