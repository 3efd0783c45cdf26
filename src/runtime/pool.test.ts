import { beforeEach, describe, expect, test } from 'vitest'
import { ManualClock } from '../lib/manual-clock.ts'
import { silentLog } from '../lib/log.ts'
import type { CallStart } from '../sdk/protocol.ts'
import type { BotLink, Instance, InstanceListener, InstanceState, LinkListener } from './link.ts'
import { Pool, type PoolOptions } from './pool.ts'

/** An instance that lives in memory: what the pool sees of a process, without the process. */
class MemoryInstance implements Instance {
  readonly id: string
  readonly capacity: number
  readonly #listener: InstanceListener
  active = 0
  life: 'running' | 'draining' | 'dead' = 'running'

  constructor(id: string, capacity: number, listener: InstanceListener) {
    this.id = id
    this.capacity = capacity
    this.#listener = listener
  }

  get state(): InstanceState {
    if (this.life !== 'running') return this.life
    return this.active < this.capacity ? 'ready' : 'busy'
  }

  startCall(_start: CallStart, _listener: LinkListener): BotLink {
    this.active++
    const close = () => {
      this.active--
      if (this.life === 'draining' && this.active === 0) this.die()
      else this.#listener.onChange(this)
    }
    return { send: () => undefined, report: () => undefined, close }
  }

  drain(): void {
    this.life = 'draining'
    if (this.active === 0) this.die()
  }

  die(why?: string): void {
    this.life = 'dead'
    this.#listener.onChange(this, why)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.die()
  }
}

const start: CallStart = {
  callId: 'c',
  sessionId: 's',
  headers: {},
  format: { encoding: 'audio/x-mulaw', sampleRateHz: 8000 },
  raw: '{}',
}
const listener: LinkListener = {
  onStarted: () => undefined,
  onCommand: () => undefined,
  onPrint: () => undefined,
  onOver: () => undefined,
}
const never = new AbortController().signal

let clock: ManualClock
let instances: MemoryInstance[]
let starting: PromiseWithResolvers<void>[]

beforeEach(() => {
  clock = new ManualClock()
  instances = []
  starting = []
})

/** Starts finish when the test lets them, oldest first. */
function createPool(options: Partial<PoolOptions> = {}): Pool {
  const { sessionsPerInstance = 1 } = options
  return new Pool({
    startInstance: async (instanceListener, signal) => {
      const gate = Promise.withResolvers<void>()
      signal.addEventListener('abort', () => gate.reject(signal.reason))
      starting.push(gate)
      await gate.promise
      const instance = new MemoryInstance(`ins_${instances.length + 1}`, sessionsPerInstance, instanceListener)
      instances.push(instance)
      return instance
    },
    sessionsPerInstance,
    warmInstances: 1,
    maxInstances: 10,
    maxStarting: 2,
    cooldownMs: 5000,
    clock,
    log: silentLog,
    ...options,
  })
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve))

async function started(): Promise<void> {
  await settle()
  for (const gate of starting.splice(0)) gate.resolve()
  await settle()
}

async function failedToStart(message = 'no bot'): Promise<void> {
  await settle()
  for (const gate of starting.splice(0)) gate.reject(new Error(message))
  await settle()
}

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
    lease.startCall(start, listener)
    await started()
    expect(pool.status).toEqual({ starting: 0, free: 1, active: 1, waiting: 0 })
  })

  test('are replaced when they die idle, and the dead one is never given out', async () => {
    const pool = createPool()
    await started()
    instances[0]?.die('was killed')
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
    const link = (await first).startCall(start, listener)
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

  test('is told why when the bot cannot be started', async () => {
    const pool = createPool({ warmInstances: 0 })
    const acquired = pool.acquire(never, () => undefined)
    await Promise.all([expect(acquired).rejects.toThrow('syntax error'), failedToStart('syntax error')])
  })
})

describe('an instance that dies', () => {
  test('tells the call that it was promised to, and gives it no more', async () => {
    const pool = createPool()
    await started()
    let lost = 0
    await pool.acquire(never, () => {
      lost++
    })
    instances[0]?.die('was killed')
    expect(lost).toBe(1)
  })

  test('does not tell a call that has started: its link does', async () => {
    const pool = createPool()
    await started()
    let lost = 0
    const lease = await pool.acquire(never, () => {
      lost++
    })
    lease.startCall(start, listener)
    instances[0]?.die('was killed')
    expect(lost).toBe(0)
  })
})

describe('after a rush', () => {
  test('idle instances beyond the warm ones end once they were not needed for a while', async () => {
    const pool = createPool({ maxStarting: 10 })
    const leases = Promise.all([1, 2, 3].map(() => pool.acquire(never, () => undefined)))
    await started()
    const links = (await leases).map((lease) => lease.startCall(start, listener))
    await started()
    for (const link of links) link.close('caller')
    expect(pool.status.free).toBe(4)
    clock.advance(4999)
    expect(pool.status.free).toBe(4)
    clock.advance(1)
    expect(pool.status).toMatchObject({ free: 1, active: 0 })
    expect(clock.pending).toBe(0)
  })
})

describe('starting', () => {
  test('never has more instances under way than allowed', async () => {
    const pool = createPool({ warmInstances: 5 })
    await settle()
    expect(starting).toHaveLength(2)
    await started()
    expect(starting).toHaveLength(2)
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
    expect(starting).toHaveLength(0)
    clock.advance(250)
    await failedToStart()
    clock.advance(250)
    await settle()
    expect(starting).toHaveLength(0)
    clock.advance(250)
    await started()
    expect(instances).toHaveLength(1)
    expect(clock.pending).toBe(0)
  })

  test('for a call does not wait for the back-off', async () => {
    const pool = createPool()
    await failedToStart()
    const acquired = pool.acquire(never, () => undefined)
    await started()
    expect((await acquired).instanceId).toBe('ins_1')
  })
})

describe('draining', () => {
  test('ends idle instances, lets calls finish, and takes nothing new', async () => {
    const pool = createPool()
    await started()
    const link = (await pool.acquire(never, () => undefined)).startCall(start, listener)
    await started()
    const drained = pool.drain()
    expect(instances.map(({ life }) => life)).toEqual(['draining', 'dead'])
    await expect(pool.acquire(never, () => undefined)).rejects.toThrow('no more calls')
    link.close('caller')
    await drained
    expect(instances.map(({ life }) => life)).toEqual(['dead', 'dead'])
  })

  test('lets a call that holds a place still start', async () => {
    const pool = createPool()
    await started()
    const lease = await pool.acquire(never, () => undefined)
    const drained = pool.drain()
    const link = lease.startCall(start, listener)
    link.close('caller')
    await drained
    expect(instances[0]?.life).toBe('dead')
  })

  test('is over at once when there is nothing to drain', async () => {
    await createPool({ warmInstances: 0 }).drain()
    expect(instances).toEqual([])
  })
})
