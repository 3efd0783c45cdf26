import { expect, test } from 'vitest'
import type { Lease, Pool } from '../src/runtime/pool/pool.ts'
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

/** Halts the one idle instance of a node, and waits until that is noticed: long before the instance is ended for it. */
async function haltIdle(pool: Pool): Promise<number> {
  const [pid = 0] = botsOf(process.pid)
  process.kill(pid, 'SIGSTOP')
  await expect.poll(() => pool.status.free, patience).toBe(0)
  expect(isAlive(pid)).toBe(true)
  return pid
}

test('an idle instance that hangs is given to no call from the moment on when it is noticed', async () => {
  await using node = await startNode({ bot: echoBot })
  const pool = node.pool()
  const [hung] = pool.instances
  await haltIdle(pool)
  const lease = await pool.acquire(never, () => undefined)
  expect(lease.instanceId).not.toBe(hung?.id)
  await serveCall(lease)
})

test('an idle instance that hung for a moment takes calls again, beside the one that was started in its place', async () => {
  await using node = await startNode({ bot: echoBot })
  const pool = node.pool()
  // One that was free just now may need a moment: nothing is started for that.
  await expect.poll(() => pool.instances[0]?.readyMs, patience).toBeGreaterThan(2000)
  const pid = await haltIdle(pool)
  process.kill(pid, 'SIGCONT')
  await expect.poll(() => pool.status.free, patience).toBe(2)
  expect(isAlive(pid)).toBe(true)
})
