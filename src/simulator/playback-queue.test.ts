import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { l16At16k, mulaw8k, silenceByte } from '../audio/format.ts'
import { PlaybackQueue } from './playback-queue.ts'

const frameBytes = 160

const bytes = (length: number, value = 1) => new Uint8Array(length).fill(value)

const queueOf = (maxQueuedMs = 60_000) => new PlaybackQueue({ format: mulaw8k, maxQueuedMs })

/** All that plays until the queue is empty, and the tick at which each checkpoint was reached. */
const playOut = (queue: PlaybackQueue, ticks: number) => {
  const reached: [tick: number, name: string][] = []
  const frames: (Uint8Array | undefined)[] = []
  for (let tick = 0; tick < ticks; tick++) {
    const played = queue.tick()
    frames.push(played.audio)
    for (const name of played.reached) reached.push([tick, name])
  }
  return { reached, frames }
}

describe('the playback queue', () => {
  test('plays one frame a tick, whatever the length of the pieces, and pads only the last', () => {
    const queue = queueOf()
    queue.enqueue(bytes(100, 1))
    queue.enqueue(bytes(100, 2))
    const { frames } = playOut(queue, 3)
    expect(frames).toEqual([
      Uint8Array.of(...bytes(100, 1), ...bytes(60, 2)),
      Uint8Array.of(...bytes(40, 2), ...bytes(120, silenceByte(mulaw8k))),
      undefined,
    ])
  })

  test('reaches a checkpoint at the tick at which the frame with its last audio is over', () => {
    const queue = queueOf()
    queue.mark('empty')
    queue.enqueue(bytes(frameBytes))
    queue.mark('one frame')
    queue.enqueue(bytes(10))
    queue.mark('within')
    queue.enqueue(bytes(10))
    queue.mark('end')
    expect(playOut(queue, 4).reached).toEqual([
      [0, 'empty'],
      [1, 'one frame'],
      [2, 'within'],
      [2, 'end'],
    ])
  })

  test('drops a piece that does not fit, all of it, and takes a smaller one', () => {
    const queue = queueOf(100)
    expect(queue.enqueue(bytes(500))).toBe(true)
    expect(queue.enqueue(bytes(301))).toBe(false)
    expect(queue.enqueue(bytes(300))).toBe(true)
    expect(queue.queuedMs).toBe(100)
  })

  test('forgets audio and checkpoints on clear, also those in the frame that plays', () => {
    const queue = queueOf()
    queue.enqueue(bytes(80))
    queue.mark('playing')
    queue.enqueue(bytes(240))
    queue.mark('waiting')
    queue.tick()
    expect(queue.clear()).toEqual({ droppedMs: 20, droppedCheckpoints: ['playing', 'waiting'] })
    expect(playOut(queue, 2)).toEqual({ reached: [], frames: [undefined, undefined] })
    queue.enqueue(bytes(frameBytes, 9))
    expect(queue.tick().audio).toEqual(bytes(frameBytes, 9))
  })

  test('accounts for what was heard and when, in bytes of what was sent', () => {
    const queue = queueOf()
    queue.enqueue(bytes(200))
    queue.enqueue(bytes(280))
    queue.tick()
    queue.tick()
    queue.clear()
    queue.tick()
    queue.enqueue(bytes(100))
    queue.tick()
    expect(queue.played).toEqual([
      { fromByte: 0, toByte: 320, atByte: 0 },
      { fromByte: 480, toByte: 580, atByte: 480 },
    ])
    expect(queue.playedMs(200, 480)).toBe(15)
    expect(queue.offeredBytes).toBe(580)
  })

  test('counts in samples of its own format', () => {
    const queue = new PlaybackQueue({ format: l16At16k, maxQueuedMs: 1000 })
    queue.enqueue(bytes(640))
    expect(queue.queuedMs).toBe(20)
    expect(queue.tick().audio).toHaveLength(640)
  })

  test('plays every byte that it took, once and in order, however it is fed', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('enqueue' as const), length: fc.nat(1000) }),
      fc.record({ do: fc.constant('mark' as const) }),
      fc.record({ do: fc.constant('tick' as const) }),
      fc.record({ do: fc.constant('clear' as const) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const queue = queueOf(200)
        let takenMs = 0
        let droppedMs = 0
        const marks: string[] = []
        const settled: string[] = []
        for (const [i, step] of steps.entries()) {
          if (step.do === 'enqueue') takenMs += queue.enqueue(bytes(step.length)) ? step.length / 8 : 0
          if (step.do === 'mark') queue.mark(marks[marks.push(`m${i}`) - 1] ?? '')
          if (step.do === 'tick') settled.push(...queue.tick().reached)
          if (step.do === 'clear') {
            const dropped = queue.clear()
            droppedMs += dropped.droppedMs
            settled.push(...dropped.droppedCheckpoints)
          }
        }
        settled.push(...playOut(queue, 12).reached.map(([, name]) => name))
        expect(settled).toEqual(marks)
        expect(queue.playedMs(0, queue.offeredBytes) + droppedMs).toBeCloseTo(takenMs)
        for (const [i, span] of queue.played.entries()) {
          expect(span.fromByte).toBeGreaterThanOrEqual(queue.played[i - 1]?.toByte ?? 0)
        }
      }),
    )
  })
})
