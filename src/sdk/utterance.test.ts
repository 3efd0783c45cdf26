import { describe, expect, it } from 'vitest'
import { type Mark, Marks } from './marks.ts'
import { Utterance } from './utterance.ts'

const create = (marks: readonly Mark[] = []) => {
  const stops: string[] = []
  const utterance: Utterance = new Utterance({
    id: 3,
    marks: new Marks(marks),
    stop: (by) => stops.push(by),
    resume: () => utterance,
  })
  return { utterance, stops }
}

describe('Utterance', () => {
  it('resolves once it was heard to its end', async () => {
    const { utterance } = create()
    utterance.produced(200)
    utterance.produced(140)
    expect(utterance.playing).toBe(true)
    utterance.finish({ heardMs: 340, uncertaintyMs: 0 })
    expect(utterance.playing).toBe(false)
    expect(await utterance).toEqual({ heardMs: 340, uncertaintyMs: 0, totalMs: 340, interrupted: false, by: undefined })
  })

  it.each(['bot', 'hang-up'] as const)('resolves with what was heard when the %s cut it', async (cutBy) => {
    const { utterance } = create()
    utterance.produced(400)
    utterance.finish({ heardMs: 120, uncertaintyMs: 0, cutBy })
    expect(await utterance).toEqual({ heardMs: 120, uncertaintyMs: 0, totalMs: 400, interrupted: true, by: cutBy })
  })

  it('rejects when its source fails', async () => {
    const { utterance } = create()
    utterance.fail(new TypeError('not a WAV file'))
    expect(utterance.playing).toBe(false)
    await expect(utterance).rejects.toThrow('not a WAV file')
  })

  it('keeps its first end', async () => {
    const { utterance } = create()
    utterance.finish({ heardMs: 20, uncertaintyMs: 0 })
    utterance.finish({ heardMs: 0, uncertaintyMs: 0, cutBy: 'bot' })
    utterance.fail(new Error('late'))
    expect(await utterance).toMatchObject({ heardMs: 20, interrupted: false })
  })

  it('can be awaited by many, before its end and after', async () => {
    const { utterance } = create()
    const all = Promise.all([utterance, utterance])
    utterance.finish({ heardMs: 20, uncertaintyMs: 0 })
    const results = [...(await all), await utterance]
    expect(results.map(({ heardMs }) => heardMs)).toEqual([20, 20, 20])
  })

  it('asks to be stopped while it plays, and not afterwards', () => {
    const { utterance, stops } = create()
    utterance.stop()
    expect(stops).toEqual(['bot'])
    utterance.finish({ heardMs: 0, uncertaintyMs: 0, cutBy: 'bot' })
    utterance.stop()
    expect(stops).toEqual(['bot'])
  })

  it('tells how far it is while it plays', () => {
    const { utterance } = create()
    utterance.produced(400)
    expect(utterance).toMatchObject({ heardMs: 0, uncertaintyMs: 0, totalMs: 400, interrupted: false, by: undefined })
    utterance.report({ heardMs: 180, uncertaintyMs: 12 })
    expect(utterance).toMatchObject({ heardMs: 180, uncertaintyMs: 12, totalMs: 400, interrupted: false })
  })

  it('knows that it was cut before the node has said how much was heard', async () => {
    const { utterance } = create()
    utterance.produced(400)
    utterance.cut('speech')
    expect(utterance).toMatchObject({ playing: true, interrupted: true, by: 'speech' })
    utterance.finish({ heardMs: 200, uncertaintyMs: 8, cutBy: 'speech' })
    expect(await utterance).toMatchObject({ heardMs: 200, uncertaintyMs: 8, interrupted: true, by: 'speech' })
  })

  it('was not interrupted when the cut came too late', async () => {
    const { utterance } = create()
    utterance.produced(400)
    utterance.cut('speech')
    utterance.finish({ heardMs: 400, uncertaintyMs: 0 })
    expect(utterance.interrupted).toBe(false)
    expect(await utterance).toMatchObject({ heardMs: 400, interrupted: false, by: undefined })
  })

  it('says which words were heard, while it plays and in its result', async () => {
    const { utterance } = create([
      { atMs: 0, text: 'Good ' },
      { atMs: 200, text: 'morning' },
    ])
    utterance.produced(500)
    expect(utterance.textHeard).toBe('')
    utterance.report({ heardMs: 260, uncertaintyMs: 0 })
    expect(utterance.textHeard).toBe('Good ')
    utterance.finish({ heardMs: 300, uncertaintyMs: 0, cutBy: 'key' })
    expect((await utterance).textHeard).toBe('Good ')
  })

  it('that was heard to its end was heard with all its words, wherever their marks stand', async () => {
    const { utterance } = create([
      { atMs: 0, text: 'Good ' },
      { atMs: 900, text: 'morning' },
    ])
    utterance.produced(500)
    utterance.finish({ heardMs: 500, uncertaintyMs: 0 })
    expect((await utterance).textHeard).toBe('Good morning')
  })

  it('without marks says nothing of words', async () => {
    const { utterance } = create()
    utterance.finish({ heardMs: 20, uncertaintyMs: 0 })
    expect(utterance.textHeard).toBeUndefined()
    expect(await utterance).not.toHaveProperty('textHeard')
  })
})
