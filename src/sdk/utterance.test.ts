import { describe, expect, it } from 'vitest'
import { Utterance } from './utterance.ts'

const create = () => {
  const stops: number[] = []
  const utterance: Utterance = new Utterance({ id: 3, stop: () => stops.push(utterance.id) })
  return { utterance, stops }
}

describe('Utterance', () => {
  it('resolves once it was heard to its end', async () => {
    const { utterance } = create()
    utterance.produced(200)
    utterance.produced(140)
    expect(utterance.playing).toBe(true)
    utterance.finish({ heardMs: 340 })
    expect(utterance.playing).toBe(false)
    expect(await utterance).toEqual({ heardMs: 340, totalMs: 340, interrupted: false, by: undefined })
  })

  it.each(['bot', 'hang-up'] as const)('resolves with what was heard when the %s cut it', async (cutBy) => {
    const { utterance } = create()
    utterance.produced(400)
    utterance.finish({ heardMs: 120, cutBy })
    expect(await utterance).toEqual({ heardMs: 120, totalMs: 400, interrupted: true, by: cutBy })
  })

  it('rejects when its source fails', async () => {
    const { utterance } = create()
    utterance.fail(new TypeError('not a WAV file'))
    expect(utterance.playing).toBe(false)
    await expect(utterance).rejects.toThrow('not a WAV file')
  })

  it('keeps its first end', async () => {
    const { utterance } = create()
    utterance.finish({ heardMs: 20 })
    utterance.finish({ heardMs: 0, cutBy: 'bot' })
    utterance.fail(new Error('late'))
    expect(await utterance).toMatchObject({ heardMs: 20, interrupted: false })
  })

  it('can be awaited by many, before its end and after', async () => {
    const { utterance } = create()
    const all = Promise.all([utterance, utterance])
    utterance.finish({ heardMs: 20 })
    const results = [...(await all), await utterance]
    expect(results.map(({ heardMs }) => heardMs)).toEqual([20, 20, 20])
  })

  it('asks to be stopped while it plays, and not afterwards', () => {
    const { utterance, stops } = create()
    utterance.stop()
    expect(stops).toEqual([3])
    utterance.finish({ heardMs: 0, cutBy: 'bot' })
    utterance.stop()
    expect(stops).toEqual([3])
  })
})
