import { type Duplex, duplexPair } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { patience } from '../../../test/support/patience.ts'
import { mulaw8k } from '../../audio/format.ts'
import { ManualClock } from '../../lib/manual-clock.ts'
import { defineBot } from '../bot.ts'
import type { Call } from '../call.ts'
import { CallControlError } from '../control-error.ts'
import { type Frame, FrameReader, FrameWriter, frameType } from '../frames.ts'
import { type BotEvent, type CallStart, type EndReason, maxFrameBytes, protocolVersion } from '../protocol.ts'
import { numberBytes, readCommand, readJson, writeEvent } from '../wire.ts'
import { Host } from './host.ts'

const start: CallStart = { callId: 'c1', sessionId: 's1', headers: {}, format: mulaw8k, raw: '{}' }

const { stdout, stderr } = process
const write = { stdout: stdout.write.bind(stdout), stderr: stderr.write.bind(stderr) }
afterEach(() => {
  stdout.write = write.stdout
  stderr.write = write.stderr
})

/** The node's end of a host's connection. */
class NodeSide {
  readonly #writer: FrameWriter
  readonly frames: Frame[] = []

  constructor(connection: Duplex) {
    this.#writer = new FrameWriter(connection)
    const reader = new FrameReader()
    connection.on('data', (bytes: Buffer) => reader.push(bytes, (frame) => this.frames.push(frame)))
  }

  start(call: number, changes: Partial<CallStart> = {}): void {
    this.#writer.writeJson(frameType.start, call, { ...start, ...changes })
  }

  tell(call: number, event: BotEvent): void {
    writeEvent(this.#writer, call, event)
  }

  press(call: number, digit: string): void {
    this.tell(call, { type: 'dtmf', digit })
  }

  end(call: number, reason: EndReason = 'caller'): void {
    this.#writer.writeText(frameType.end, call, reason)
  }

  send(type: number, call: number, payload: Uint8Array): void {
    this.#writer.write(type, call, payload)
  }

  of(type: number, call?: number): Frame[] {
    return this.frames.filter((frame) => frame.type === type && (call === undefined || frame.call === call))
  }

  /** The first frame of this kind, once it has come. */
  async frame(type: number, call = 1): Promise<Frame> {
    return vi.waitFor(
      () => {
        const [frame] = this.of(type, call)
        if (!frame) throw new Error(`no frame of type ${type} for call ${call}`)
        return frame
      },
      { ...patience, interval: 1 },
    )
  }

  /** What was printed, as `call stream text`. */
  get printed(): string[] {
    return this.of(frameType.printed).map((frame) => {
      const { stream, text } = readJson(frame) as { stream: string; text: string }
      return `${frame.call} ${stream} ${text}`
    })
  }
}

async function startHost(bot: Parameters<typeof defineBot>[0]): Promise<NodeSide> {
  const [here, there] = duplexPair()
  const node = new NodeSide(there)
  const host = new Host({ bot: defineBot(bot), connection: here, clock: new ManualClock() })
  await host.start()
  await node.frame(frameType.ready, 0)
  return node
}

const threw = async (node: NodeSide, call = 1) =>
  readJson(await node.frame(frameType.threw, call)) as { message: string; stack?: string }

describe('a host', () => {
  it('gives a sign of life when it is asked for one, with calls and without', async () => {
    const node = await startHost(() => new Promise(() => {}))
    node.send(frameType.ping, 0, new Uint8Array(0))
    await node.frame(frameType.pong, 0)
    node.start(1)
    await node.frame(frameType.started)
    node.send(frameType.ping, 0, new Uint8Array(0))
    await vi.waitFor(() => expect(node.of(frameType.pong)).toHaveLength(2), patience)
  })

  it('says which protocol it speaks, once its bot is warm and not before', async () => {
    const [here, there] = duplexPair()
    const node = new NodeSide(there)
    const warm = Promise.withResolvers<void>()
    const bot = { onCall: () => undefined, prewarm: () => warm.promise }
    const starting = new Host({ bot, connection: here, clock: new ManualClock() }).start()
    await wait(5)
    expect(node.frames).toEqual([])
    warm.resolve()
    await starting
    expect(readJson(await node.frame(frameType.ready, 0))).toEqual({
      protocol: protocolVersion,
      pid: process.pid,
      offers: { calls: true, sessions: false },
    })
  })

  it('is not ready when its bot cannot be warmed up', async () => {
    const [here] = duplexPair()
    const bot = { onCall: () => undefined, prewarm: () => Promise.reject(new Error('no model')) }
    await expect(new Host({ bot, connection: here, clock: new ManualClock() }).start()).rejects.toThrow('no model')
  })

  it('runs the bot for a call that starts, and tells it who calls', async () => {
    const calls: Call[] = []
    const node = await startHost((call) => void calls.push(call))
    node.start(1, { callId: 'abc', from: '14155550100' })
    await node.frame(frameType.returned)
    expect(calls.map(({ id, from, format }) => ({ id, from, format }))).toEqual([
      { id: 'abc', from: '14155550100', format: mulaw8k },
    ])
  })

  it('passes events on to the bot and its commands back', async () => {
    const node = await startHost(async (call) => {
      for await (const event of call) {
        if (event.type === 'audio') call.write(event.audio)
        if (event.type === 'dtmf') return
      }
    })
    node.start(1)
    const audio = Uint8Array.from({ length: 160 }, (_, i) => i)
    node.tell(1, { type: 'audio', audio, track: 'inbound' })
    const command = readCommand(await node.frame(frameType.write))
    expect(command?.type === 'write' && [...command.audio]).toEqual([...audio])
    expect(node.of(frameType.returned)).toEqual([])
    node.press(1, '#')
    await node.frame(frameType.returned)
  })

  it('keeps calls apart', async () => {
    const node = await startHost(async (call) => {
      const { digits } = await call.digits({ max: 2 })
      void call.checkpoint(digits)
    })
    node.start(1)
    node.start(2)
    for (const [call, digit] of [
      [1, '1'],
      [2, '9'],
      [1, '2'],
      [2, '8'],
    ] as const)
      node.press(call, digit)
    expect((await node.frame(frameType.checkpoint, 1)).payload.toString()).toBe('12')
    expect((await node.frame(frameType.checkpoint, 2)).payload.toString()).toBe('98')
  })

  it('ignores what is for no call of its own, and what it does not know', async () => {
    const node = await startHost(async (call) => void (await call.digits()))
    node.press(7, '1')
    node.end(7)
    node.start(1)
    node.send(200, 1, new Uint8Array(3))
    node.press(1, '1')
    await node.frame(frameType.returned)
    node.press(1, '2')
    node.end(1)
    node.press(1, '3')
    node.start(2)
    node.press(2, '1')
    await node.frame(frameType.returned, 2)
  })

  it('survives a message of the carrier’s that is no JSON', async () => {
    const node = await startHost(async (call) => {
      for await (const event of call) if (event.type === 'message') void call.checkpoint(event.raw)
    })
    node.start(1)
    node.tell(1, { type: 'message', raw: '42' })
    node.tell(1, { type: 'message', raw: '#' })
    await vi.waitFor(
      () => expect(node.of(frameType.checkpoint).map(({ payload }) => payload.toString())).toEqual(['42', '#']),
      patience,
    )
  })
})

describe('the end of a bot’s function', () => {
  it('is told as soon as it returns, before the call is over', async () => {
    const node = await startHost(() => undefined)
    node.start(1)
    expect((await node.frame(frameType.returned)).payload.length).toBe(0)
    expect(node.of(frameType.threw)).toEqual([])
  })

  it('comes behind everything that the function sent', async () => {
    const node = await startHost((call) => {
      call.write(new Uint8Array(160))
      stdout.write('bye\n')
      void call.hangUp()
    })
    node.start(1)
    await node.frame(frameType.returned)
    expect(node.frames.filter((frame) => frame.call === 1).map((frame) => frame.type)).toEqual([
      frameType.started,
      frameType.write,
      frameType.printed,
      frameType.hangUp,
      frameType.playEnd,
      frameType.returned,
    ])
  })

  it('waits until the node has all of a prompt that nobody awaits', async () => {
    const node = await startHost((call) => void call.play(new Int16Array(8 * 5000), { sampleRateHz: 8000 }))
    node.start(1)
    await node.frame(frameType.play)
    await wait(5)
    expect(node.of(frameType.playEnd).length + node.of(frameType.returned).length).toBe(0)
    node.tell(1, { type: 'utterance', report: { utterance: 1, sentMs: 2000, heardMs: 1900, uncertaintyMs: 0 } })
    await node.frame(frameType.returned)
    expect(node.frames.map((frame) => frame.type).slice(-2)).toEqual([frameType.playEnd, frameType.returned])
  })

  it('waits no longer for that than the call lasts', async () => {
    const node = await startHost((call) => void call.play(new Int16Array(8 * 60_000), { sampleRateHz: 8000 }))
    node.start(1)
    await node.frame(frameType.play)
    node.end(1)
    await node.frame(frameType.returned)
  })

  it('is told with the stack when it throws', async () => {
    const node = await startHost(async function answerTheCall() {
      await wait(1)
      throw new TypeError('no such order')
    })
    node.start(1)
    const { message, stack } = await threw(node)
    expect(message).toBe('no such order')
    expect(stack).toMatch(/^TypeError: no such order\n\s+at (async )?.*answerTheCall.*host\.test\.ts/)
    expect(node.of(frameType.returned)).toEqual([])
  })

  it('is told when it throws before it waits for anything', async () => {
    const node = await startHost(() => {
      throw new Error('at once')
    })
    node.start(1)
    expect((await threw(node)).message).toBe('at once')
  })

  it.each([['a text'], [undefined], [404]])('is told when it throws what is no Error: %s', async (thrown) => {
    const node = await startHost(async () => {
      throw thrown
    })
    node.start(1)
    expect(await threw(node)).toEqual({ type: 'threw', message: String(thrown) })
  })

  it('fits into a frame, whatever was thrown', async () => {
    const node = await startHost(async () => {
      throw new Error('\u0000'.repeat(maxFrameBytes))
    })
    node.start(1)
    expect((await node.frame(frameType.threw)).payload.length).toBeLessThan(maxFrameBytes)
  })
})

describe('requests', () => {
  it('go to the node and come back, each to its call, as results or as errors', async () => {
    const node = await startHost(async (call) => {
      const result = await call.transfer('14155550100', { ringMs: 9000 }).catch((error: unknown) => error)
      stdout.write(`${result instanceof CallControlError ? result.code : JSON.stringify(result)}\n`)
    })
    node.start(1)
    node.start(2)
    const asked = await node.frame(frameType.request, 2)
    expect(readJson(asked)).toMatchObject({ id: 1, request: { verb: 'transfer', to: ['14155550100'], ringMs: 9000 } })
    await node.frame(frameType.request, 1)
    node.tell(2, { type: 'reply', id: 1, result: { outcome: 'busy' } })
    node.tell(1, { type: 'reply', id: 1, failure: { code: 'refused', message: 'Plivo said no', fix: 'ask Plivo' } })
    await node.frame(frameType.returned, 1)
    await node.frame(frameType.returned, 2)
    expect(node.printed.toSorted()).toEqual([
      '1 stderr transfer: Plivo said no: ask Plivo\n',
      '1 stdout refused\n',
      '2 stdout {"outcome":"busy"}\n',
    ])
  })
})

describe('the end of a call', () => {
  it('reaches the bot as its last event and as its signal', async () => {
    const seen: unknown[] = []
    const node = await startHost(async (call) => {
      call.signal.addEventListener('abort', () => seen.push('signal'))
      for await (const event of call) seen.push(event)
    })
    node.start(1)
    node.end(1, 'node')
    await node.frame(frameType.returned)
    expect(seen).toEqual(['signal', { type: 'ended', reason: 'node' }])
  })

  it('lets the function finish', async () => {
    const finish = Promise.withResolvers<void>()
    const node = await startHost(async (call) => {
      for await (const event of call) if (event.type === 'ended') break
      await finish.promise
      stdout.write('saved\n')
    })
    node.start(1)
    node.end(1)
    await wait(5)
    expect(node.of(frameType.returned)).toEqual([])
    finish.resolve()
    await node.frame(frameType.returned)
    expect(node.printed).toEqual(['1 stdout saved\n'])
  })

  it.each([
    ['throwIfAborted', async (call: Call) => call.signal.throwIfAborted()],
    ['a fetch', async (call: Call) => void (await fetch('data:,hello', { signal: call.signal }))],
    ['a timer', (call: Call) => wait(10_000, undefined, { signal: call.signal })],
  ])('is no crash of a bot that was waiting for %s with the signal', async (_what, waiting) => {
    const node = await startHost(async (call) => {
      for await (const event of call) if (event.type === 'ended') break
      await waiting(call)
    })
    node.start(1)
    node.end(1)
    await node.frame(frameType.returned)
    expect(node.of(frameType.threw)).toEqual([])
  })

  it.each(['by itself', 'in the words of the node'])(
    'is no crash of a bot that asked for something: %s',
    async (how) => {
      const node = await startHost(async (call) => void (await call.transfer('14155550100')))
      node.start(1)
      await node.frame(frameType.request)
      const failure = { code: 'call-over', message: 'the call is over' } as const
      if (how === 'by itself') node.end(1)
      else node.tell(1, { type: 'reply', id: 1, failure })
      await node.frame(frameType.returned)
      expect(node.of(frameType.threw)).toEqual([])
    },
  )

  it('does not hide another error', async () => {
    const node = await startHost(async (call) => {
      for await (const event of call) if (event.type === 'ended') throw new Error('could not save')
    })
    node.start(1)
    node.end(1)
    expect((await threw(node)).message).toBe('could not save')
  })
})

describe('prints', () => {
  it('carry the number of the call that printed them, however the calls take turns', async () => {
    const node = await startHost(async (call) => {
      stdout.write('start\n')
      for await (const event of call) {
        if (event.type !== 'dtmf') continue
        await wait(1)
        stdout.write(`${event.digit}\n`)
        setTimeout(() => stderr.write(`later ${event.digit}\n`), 1)
        await wait(5)
      }
    })
    node.start(1)
    node.start(2)
    for (const digit of '12') {
      node.press(1, digit)
      node.press(2, digit)
    }
    await vi.waitFor(() => expect(node.printed.length).toBe(10), patience)
    for (const call of [1, 2]) {
      expect(node.printed.filter((line) => line.startsWith(`${call} `))).toEqual(
        ['stdout start\n', 'stdout 1\n', 'stderr later 1\n', 'stdout 2\n', 'stderr later 2\n'].map(
          (line) => `${call} ${line}`,
        ),
      )
    }
  })

  it('of a warming bot are of no call', async () => {
    const node = await startHost({
      onCall: () => undefined,
      prewarm: () => void stdout.write('loading\n'),
    })
    expect(node.printed).toEqual(['0 stdout loading\n'])
  })

  it('of a listener to the signal are of its call', async () => {
    const node = await startHost(async (call) => {
      call.signal.addEventListener('abort', () => stdout.write('gone\n'))
      await call.digits()
    })
    node.start(3)
    node.end(3)
    await node.frame(frameType.returned, 3)
    expect(node.printed).toEqual(['3 stdout gone\n'])
  })

  it('say for which call something could not be played', async () => {
    const node = await startHost(
      async (call) => void (await call.play('./nowhere.wav').then(undefined, () => undefined)),
    )
    node.start(4)
    await node.frame(frameType.returned, 4)
    expect(node.printed).toEqual([expect.stringMatching(/^4 stderr play: \.\/nowhere\.wav: there is no file /)])
  })

  it('say so for a call that was told to play from outside of its function', async () => {
    const calls: Call[] = []
    const node = await startHost(async (call) => {
      calls.push(call)
      await call.digits()
    })
    node.start(5)
    await vi.waitFor(() => expect(calls.length).toBe(1), patience)
    calls[0]?.play('./nowhere.wav')
    await vi.waitFor(() => expect(node.printed).toEqual([expect.stringMatching(/^5 stderr play: /)]), patience)
  })

  it('of megabytes arrive whole, in frames that the node takes', async () => {
    const text = `${'\u0000🙂'.repeat(700_000)}\n`
    const node = await startHost(() => void stdout.write(text))
    node.start(1)
    await node.frame(frameType.returned)
    const pieces = node.of(frameType.printed, 1).map((frame) => (readJson(frame) as { text: string }).text)
    expect(pieces.length).toBeGreaterThan(1)
    expect(pieces.join('') === text).toBe(true)
  })
})

describe('a client that leaves', () => {
  const ask = Buffer.from(JSON.stringify({ id: 1, method: 'GET', path: '/events', headers: [], hasBody: false }))
  const cancelled = numberBytes(1)

  it.each([
    ['itself', (node: NodeSide) => node.send(frameType.cancelAsk, 1, cancelled)],
    ['with the call', (node: NodeSide) => node.end(1)],
  ])('%s ends an answer that waits for something to tell', async (_how, leave) => {
    const ended = Promise.withResolvers<void>()
    const node = await startHost({
      onCall: (call) => call.hangUp(),
      fetch: () => new Response(new ReadableStream({ cancel: () => ended.resolve() })),
    })
    node.start(1)
    node.send(frameType.ask, 1, ask)
    await node.frame(frameType.answer)
    leave(node)
    await ended.promise
    expect(node.of(frameType.answerBody)).toEqual([])
    expect(node.printed).toEqual([])
  })
})
