import { beforeEach, describe, expect, test } from 'vitest'
import { anyStart, deafListener, never, PoolBench, settle } from '../../../test/support/pool-bench.ts'
import type { PoolOptions } from './pool.ts'
import { StartGate } from './start-gate.ts'

let bench: PoolBench

beforeEach(() => {
  bench = new PoolBench()
})

const createPool = (options: Partial<PoolOptions> = {}) => bench.createPool(options)
const started = () => bench.started()
const failedToStart = (message?: string) => bench.failedToStart(message)

describe('warm instances', () => {
  test('are started before anybody asks', async () => {
    const pool = createPool({ warmInstances: 2 })
    await started()
    expect(pool.status).toEqual({ starting: 0, free: 2, active: 0, waiting: 0 })
  })

  test('are replaced as soon as they are taken', async () => {
    const pool = createPool()
    await started()
    const lease = await pool.acquire(never, () => undefined)
    lease.startCall(anyStart, deafListener)
    await started()
    expect(pool.status).toEqual({ starting: 0, free: 1, active: 1, waiting: 0 })
  })

  test('that died and could not say so yet are not given out', async () => {
    const pool = createPool()
    await started()
    const [dead] = bench.instances
    if (dead) dead.gone = true
    const acquired = pool.acquire(never, () => undefined)
    await started()
    expect((await acquired).instanceId).toBe('ins_2')
  })

  test('are replaced when they die idle, and the dead one is never given out', async () => {
    const pool = createPool()
    await started()
    bench.instances[0]?.die('was killed')
    const acquired = pool.acquire(never, () => undefined)
    await started()
    expect((await acquired).instanceId).toBe('ins_2')
  })
})

describe('a call that asks for a place', () => {
  test('gets a warm instance at once', async () => {
    const pool = createPool()
    await started()
    expect((await pool.acquire(never, () => undefined)).instanceId).toBe('ins_1')
  })

  test('waits for an instance when none is there, first come first served', async () => {
    const pool = createPool({ warmInstances: 0 })
    const order: string[] = []
    const first = pool.acquire(never, () => undefined).then(() => order.push('first'))
    const second = pool.acquire(never, () => undefined).then(() => order.push('second'))
    expect(pool.status.waiting).toBe(2)
    await started()
    await Promise.all([first, second])
    expect(order).toEqual(['first', 'second'])
  })

  test('comes first when it is urgent', async () => {
    const pool = createPool({ warmInstances: 0 })
    const order: string[] = []
    const first = pool.acquire(never, () => undefined).then(() => order.push('first'))
    const urgent = pool.acquire(never, () => undefined, true).then(() => order.push('urgent'))
    await started()
    await Promise.all([first, urgent])
    expect(order).toEqual(['urgent', 'first'])
  })

  test('shares an instance only as far as its places go', async () => {
    const pool = createPool({ sessionsPerInstance: 2, warmInstances: 0 })
    const leases = [
      pool.acquire(never, () => undefined),
      pool.acquire(never, () => undefined),
      pool.acquire(never, () => undefined),
    ]
    await started()
    await started()
    const ids = (await Promise.all(leases)).map((lease) => lease.instanceId)
    expect(ids).toEqual(['ins_1', 'ins_1', 'ins_2'])
  })

  test('gets the place that another gave back', async () => {
    const pool = createPool({ warmInstances: 0, maxInstances: 1 })
    const first = pool.acquire(never, () => undefined)
    await started()
    const link = (await first).startCall(anyStart, deafListener)
    const second = pool.acquire(never, () => undefined)
    link.close('caller')
    expect((await second).instanceId).toBe('ins_1')
  })

  test('waits for a session without a call as for any other', async () => {
    const pool = createPool({ warmInstances: 0, maxInstances: 1 })
    const first = pool.acquire(never, () => undefined)
    await started()
    const link = (await first).startSession({ sessionId: 's' }, { ...deafListener, onMessage: () => undefined })
    expect(pool.status).toMatchObject({ free: 0, active: 1 })
    const second = pool.acquire(never, () => undefined)
    link.close('caller')
    expect((await second).instanceId).toBe('ins_1')
  })

  test('gets a place that was held and never used', async () => {
    const pool = createPool({ warmInstances: 0, maxInstances: 1 })
    const first = pool.acquire(never, () => undefined)
    await started()
    const lease = await first
    const second = pool.acquire(never, () => undefined)
    lease.release()
    lease.release()
    expect((await second).instanceId).toBe('ins_1')
    expect(pool.status.free).toBe(0)
  })

  test('stops waiting when its signal fires', async () => {
    const pool = createPool({ warmInstances: 0 })
    const abort = new AbortController()
    const acquired = pool.acquire(abort.signal, () => undefined)
    abort.abort(new Error('hung up'))
    await expect(acquired).rejects.toThrow('hung up')
    expect(pool.status.waiting).toBe(0)
  })

  test('is told why when the bot cannot be started, twice in a row', async () => {
    const pool = createPool({ warmInstances: 0 })
    const acquired = pool.acquire(never, () => undefined)
    await failedToStart('killed')
    await Promise.all([expect(acquired).rejects.toThrow('syntax error'), failedToStart('syntax error')])
  })
})

test('a caller is told at once of a start that took long and failed', async () => {
  const pool = createPool({ warmInstances: 0 })
  const acquired = pool.acquire(never, () => undefined)
  await settle()
  bench.clock.advance(3000)
  await Promise.all([expect(acquired).rejects.toThrow('not ready'), failedToStart('not ready')])
})

test('a caller who comes when a start has been hanging for long gets the next one that succeeds', async () => {
  const pool = createPool({ warmInstances: 1 })
  await settle()
  bench.clock.advance(29_000)
  const acquired = pool.acquire(never, () => undefined)
  await settle()
  bench.clock.advance(1000)
  const [hanging, ...others] = bench.starting.splice(0)
  hanging?.reject(new Error('not ready'))
  await settle()
  bench.starting.push(...others)
  await bench.started()
  expect(await acquired).toMatchObject({ instanceId: 'ins_1' })
})

describe('an instance that dies', () => {
  test('tells the call that it was promised to, and gives it no more', async () => {
    const pool = createPool()
    await started()
    let lost = 0
    await pool.acquire(never, () => {
      lost++
    })
    bench.instances[0]?.die('was killed')
    expect(lost).toBe(1)
  })

  test('does not tell a call that has started: its link does', async () => {
    const pool = createPool()
    await started()
    let lost = 0
    const lease = await pool.acquire(never, () => {
      lost++
    })
    lease.startCall(anyStart, deafListener)
    bench.instances[0]?.die('was killed')
    expect(lost).toBe(0)
  })
})

describe('after a rush', () => {
  test('idle instances beyond the warm ones end once they were not needed for a while', async () => {
    const pool = createPool({ gate: new StartGate({ limit: 10 }) })
    const leases = Promise.all([1, 2, 3].map(() => pool.acquire(never, () => undefined)))
    await started()
    const links = (await leases).map((lease) => lease.startCall(anyStart, deafListener))
    await started()
    for (const link of links) link.close('caller')
    expect(pool.status.free).toBe(5)
    bench.clock.advance(4999)
    expect(pool.status.free).toBe(5)
    bench.clock.advance(1)
    expect(pool.status).toMatchObject({ free: 1, active: 0 })
    expect(bench.clock.pending).toBe(0)
  })
})

describe('starting', () => {
  test('never has more instances under way than allowed', async () => {
    const pool = createPool({ warmInstances: 5 })
    await settle()
    expect(bench.starting).toHaveLength(2)
    await started()
    expect(bench.starting).toHaveLength(2)
    await started()
    await started()
    expect(pool.status.free).toBe(5)
  })

  test('never makes more instances than allowed', async () => {
    const pool = createPool({ warmInstances: 3, maxInstances: 2 })
    await started()
    await started()
    expect(pool.status).toMatchObject({ free: 2, starting: 0 })
  })

  test('of warm instances backs off when it fails, and goes on when it works again', async () => {
    createPool()
    await failedToStart()
    expect(bench.starting).toHaveLength(0)
    bench.clock.advance(250)
    await failedToStart()
    bench.clock.advance(250)
    await settle()
    expect(bench.starting).toHaveLength(0)
    bench.clock.advance(250)
    await started()
    expect(bench.instances).toHaveLength(1)
    expect(bench.clock.pending).toBe(0)
  })

  test('for a call does not wait for the back-off', async () => {
    const pool = createPool()
    await failedToStart()
    const acquired = pool.acquire(never, () => undefined)
    await started()
    expect((await acquired).instanceId).toBe('ins_1')
  })
})

describe('a bot that does not start', () => {
  /** Fails as often as that, each time as soon as another try is due. */
  async function failed(times: number): Promise<void> {
    for (let n = 0; n < times; n++) {
      await failedToStart('no key')
      bench.clock.advance(4000)
    }
  }

  test('lets callers wait no more, and tells them why', async () => {
    const pool = createPool()
    await failed(4)
    await failedToStart('no key')
    expect(pool.trouble).toMatchObject({ failures: 5, open: true, why: 'no key' })
    await expect(pool.acquire(never, () => undefined)).rejects.toThrow(
      'the bot failed to start 5 times in a row; the next try is in 4 s. no key',
    )
    expect(bench.starting).toHaveLength(0)
  })

  test('refuses everybody who waits when it fails once too often', async () => {
    const pool = createPool({ warmInstances: 0, gate: new StartGate({ limit: 1 }) })
    const refused = Promise.allSettled(Array.from({ length: 9 }, () => pool.acquire(never, () => undefined)))
    for (let n = 0; n < 6; n++) await failedToStart('no key')
    expect((await refused).map(({ status }) => status)).toEqual(Array.from({ length: 9 }, () => 'rejected'))
  })

  test('is tried again from time to time, and serves once it starts', async () => {
    const pool = createPool()
    await failed(5)
    await started()
    expect(pool.trouble).toBeUndefined()
    expect((await pool.acquire(never, () => undefined)).instanceId).toBe('ins_1')
  })

  test('is tried for a caller once the wait is over', async () => {
    const pool = createPool({ warmInstances: 0 })
    const refused = Promise.allSettled([1, 2, 3].map(() => pool.acquire(never, () => undefined)))
    for (let n = 0; n < 3; n++) await failedToStart('no key')
    await refused
    expect(pool.trouble?.open).toBe(true)
    bench.clock.advance(4000)
    const acquired = pool.acquire(never, () => undefined)
    await started()
    expect((await acquired).instanceId).toBe('ins_1')
  })
})

test('instances that die unused as soon as they are ready are not replaced at full speed', async () => {
  createPool()
  for (let n = 0; n < 3; n++) {
    await started()
    bench.instances[n]?.die('exited with code 1')
  }
  await settle()
  expect(bench.starting).toHaveLength(0)
  bench.clock.advance(250)
  await started()
  expect(bench.instances).toHaveLength(4)
})

describe('an instance that may serve a number of calls', () => {
  test('ends after the last of them, and gets no more', async () => {
    const pool = createPool({ maxUses: 2 })
    await started()
    for (let n = 0; n < 2; n++) {
      const lease = await pool.acquire(never, () => undefined)
      expect(lease.instanceId).toBe('ins_1')
      const link = lease.startCall(anyStart, deafListener)
      await started()
      if (n === 1) expect(bench.instances[0]?.life).toBe('draining')
      link.close('caller')
    }
    expect(bench.instances[0]?.life).toBe('dead')
    await started()
    expect((await pool.acquire(never, () => undefined)).instanceId).not.toBe('ins_1')
  })

  test('is not used up by a place that was given back', async () => {
    const pool = createPool({ maxUses: 1 })
    await started()
    const lease = await pool.acquire(never, () => undefined)
    lease.release()
    expect((await pool.acquire(never, () => undefined)).instanceId).toBe('ins_1')
  })

  test('takes no more calls at once than are left to it', async () => {
    const pool = createPool({ maxUses: 2, sessionsPerInstance: 5, maxInstances: 1 })
    await started()
    expect(pool.status.free).toBe(2)
  })
})

test('a bot that is only proved is started once, and kept for the cool-down', async () => {
  const pool = createPool({ warmInstances: 0 })
  const proved = pool.prove()
  await started()
  await proved
  await started()
  expect(pool.status).toEqual({ starting: 0, free: 1, active: 0, waiting: 0 })
  bench.clock.advance(5000)
  expect(pool.status.free).toBe(0)
})

test('a bot that does not start is not proved', async () => {
  const pool = createPool({ warmInstances: 0 })
  await Promise.all([expect(pool.prove()).rejects.toThrow('no key'), failedToStart('no key')])
})

describe('what instances use', () => {
  test('is sampled of those that have a call, or of all', async () => {
    const pool = createPool()
    await started()
    expect(await pool.sample('busy')).toEqual([])
    expect(pool.instances[0]?.usage).toBeUndefined()
    const usage = { cpuMillicores: 10, memoryBytes: 1000 }
    expect(await pool.sample('all')).toEqual([{ instanceId: 'ins_1', usage }])
    expect(pool.instances[0]).toMatchObject({ usage, active: 0, uses: 0, state: 'ready' })
    await pool.acquire(never, () => undefined)
    expect(await pool.sample('busy')).toHaveLength(1)
  })

  test('ends one that uses more memory than it may, and another takes its place', async () => {
    const pool = createPool({ maxMemoryBytes: 5000 })
    await started()
    await pool.sample('all')
    const [first] = bench.instances
    if (first) first.memoryBytes = 5001
    await pool.sample('all')
    expect(first?.life).toBe('dead')
    await started()
    expect(pool.instances.map(({ id }) => id)).toEqual(['ins_2'])
  })
})

describe('another size', () => {
  test('starts what is missing and ends what is too much, without a new pool', async () => {
    const pool = createPool({ warmInstances: 0 })
    pool.resize({ warmInstances: 2, maxInstances: 5 })
    await started()
    expect(pool.status.free).toBe(2)
    pool.resize({ warmInstances: 1 })
    bench.clock.advance(5000)
    expect(pool.status.free).toBe(1)
  })

  test('does not touch running calls', async () => {
    const pool = createPool({ maxInstances: 3, warmInstances: 0 })
    const lease = pool.acquire(never, () => undefined)
    await started()
    ;(await lease).startCall(anyStart, deafListener)
    pool.resize({ maxInstances: 0 })
    expect(bench.instances[0]?.life).toBe('running')
  })
})

test('what the bot can be given is known once an instance is ready', async () => {
  const pool = createPool()
  expect(pool.offers).toBeUndefined()
  await started()
  expect(pool.offers).toEqual({ calls: true, sessions: true })
})

describe('draining', () => {
  test('ends idle instances, lets calls finish, and takes nothing new', async () => {
    const pool = createPool()
    await started()
    const link = (await pool.acquire(never, () => undefined)).startCall(anyStart, deafListener)
    await started()
    const drained = pool.drain()
    expect(bench.instances.map(({ life }) => life)).toEqual(['draining', 'dead'])
    await expect(pool.acquire(never, () => undefined)).rejects.toThrow('no more calls')
    link.close('caller')
    await drained
    expect(bench.instances.map(({ life }) => life)).toEqual(['dead', 'dead'])
  })

  test('lets a call that holds a place still start', async () => {
    const pool = createPool()
    await started()
    const lease = await pool.acquire(never, () => undefined)
    const drained = pool.drain()
    const link = lease.startCall(anyStart, deafListener)
    link.close('caller')
    await drained
    expect(bench.instances[0]?.life).toBe('dead')
  })

  test('is over at once when there is nothing to drain', async () => {
    await createPool({ warmInstances: 0 }).drain()
    expect(bench.instances).toEqual([])
  })
})
