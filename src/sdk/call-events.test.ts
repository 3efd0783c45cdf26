import { describe, expect, it } from 'vitest'
import { mulaw8k } from '../audio/format.ts'
import { AudioChunk } from './audio-chunk.ts'
import { type CallEvent, EventQueue } from './call-events.ts'

const audio = (chunk: number): CallEvent => ({
  type: 'audio',
  audio: new AudioChunk(Uint8Array.of(0xff), mulaw8k),
  track: 'inbound',
  timestampMs: undefined,
  chunk,
})
const dtmf = (digit: string): CallEvent => ({ type: 'dtmf', digit })
const ended: CallEvent = { type: 'ended', reason: 'caller' }

/** Ten seconds of audio. */
const most = 500

async function readAll(queue: EventQueue): Promise<CallEvent[]> {
  const events: CallEvent[] = []
  for (let next = await queue.next(); !next.done; next = await queue.next()) events.push(next.value)
  return events
}
const chunksOf = (events: readonly CallEvent[]) =>
  events.map((event) => (event.type === 'audio' ? event.chunk : event.type))

describe('EventQueue', () => {
  it('gives events in order, to a reader that was late and to one that waits', async () => {
    const queue = new EventQueue()
    queue.push(dtmf('1'))
    queue.push(dtmf('2'))
    expect(await queue.next()).toEqual({ value: dtmf('1'), done: false })
    expect(await queue.next()).toEqual({ value: dtmf('2'), done: false })
    const waiting = queue.next()
    queue.push(dtmf('3'))
    queue.push(dtmf('4'))
    expect(await waiting).toEqual({ value: dtmf('3'), done: false })
    expect(await queue.next()).toEqual({ value: dtmf('4'), done: false })
  })

  it('keeps 10 s of audio that nobody reads', async () => {
    const queue = new EventQueue()
    for (let chunk = 1; chunk <= most; chunk++) queue.push(audio(chunk))
    expect(queue.dropped).toBe(0)
    queue.push(ended)
    expect((await readAll(queue)).length).toBe(most + 1)
  })

  it('drops the oldest audio beyond that, counts it, and drops nothing else', async () => {
    const queue = new EventQueue()
    queue.push(dtmf('1'))
    queue.push({ type: 'speech.started' })
    for (let chunk = 1; chunk <= most + 3; chunk++) queue.push(audio(chunk))
    queue.push(dtmf('2'))
    queue.push(ended)
    expect(queue.dropped).toBe(3)
    const kept = Array.from({ length: most }, (_, i) => i + 4)
    expect(chunksOf(await readAll(queue))).toEqual(['dtmf', 'speech.started', ...kept, 'dtmf', 'ended'])
  })

  it('never drops a key press, however many there are', async () => {
    const queue = new EventQueue()
    for (let i = 0; i < 3 * most; i++) queue.push(dtmf(String(i % 10)))
    queue.push(ended)
    expect(queue.dropped).toBe(0)
    expect((await readAll(queue)).length).toBe(3 * most + 1)
  })

  it('has room again for what was read', async () => {
    const queue = new EventQueue()
    for (let chunk = 1; chunk <= most; chunk++) queue.push(audio(chunk))
    for (let i = 0; i < 10; i++) await queue.next()
    for (let chunk = 1; chunk <= 10; chunk++) queue.push(audio(chunk))
    expect(queue.dropped).toBe(0)
    queue.push(audio(11))
    expect(queue.dropped).toBe(1)
  })

  it('counts no audio that a waiting reader takes at once', async () => {
    const queue = new EventQueue()
    for (let chunk = 1; chunk <= most + 10; chunk++) {
      const next = queue.next()
      queue.push(audio(chunk))
      await next
    }
    expect(queue.dropped).toBe(0)
    queue.push(audio(1))
    expect(queue.takeDigit()).toBeUndefined()
    expect(queue.dropped).toBe(0)
  })

  it('ends after `ended`, for good, and takes nothing more', async () => {
    const queue = new EventQueue()
    queue.push(ended)
    queue.push(dtmf('1'))
    expect(await readAll(queue)).toEqual([ended])
    expect(await queue.next()).toEqual({ value: undefined, done: true })
  })

  it('gives `ended` to a reader that waits', async () => {
    const queue = new EventQueue()
    const waiting = queue.next()
    queue.push(ended)
    expect(await waiting).toEqual({ value: ended, done: false })
    expect((await queue.next()).done).toBe(true)
  })

  it('refuses a second reader while one waits, and still serves the first', async () => {
    const queue = new EventQueue()
    const first = queue.next()
    await expect(queue.next()).rejects.toThrow('two loops read the events of one call')
    queue.push(dtmf('1'))
    expect(await first).toEqual({ value: dtmf('1'), done: false })
  })

  it('gives up the oldest key press from between other events, which stay', async () => {
    const queue = new EventQueue()
    for (const event of [audio(1), dtmf('1'), audio(2), dtmf('2'), ended]) queue.push(event)
    expect(queue.takeDigit()).toBe('1')
    expect(queue.takeDigit()).toBe('2')
    expect(queue.takeDigit()).toBeUndefined()
    expect(chunksOf(await readAll(queue))).toEqual([1, 2, 'ended'])
  })
})
