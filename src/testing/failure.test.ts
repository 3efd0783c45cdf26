import { expect, test } from 'vitest'
import { ManualClock } from '../lib/manual-clock.ts'
import { Line } from '../simulator/line.ts'
import { Timeline } from '../simulator/timeline.ts'
import { Ear } from './ear.ts'
import { failure } from './failure.ts'

test('checkpoints that a node weaves into audio do not hide what else has happened, and those of the bot are told', async () => {
  const clock = new ManualClock()
  const timeline = new Timeline(clock)
  const line = new Line({ clock, timeline, maxKeptMs: 1000 })
  timeline.add({ type: 'answered' })
  for (let i = 1; i <= 50; i++) timeline.add({ type: 'checkpoint-played', name: `offhook-${i}` })
  timeline.add({ type: 'checkpoint-played', name: 'menu' })
  timeline.add({ type: 'pressed', digit: '1' })
  timeline.add({ type: 'pressed', digit: '2' })
  const ended = Promise.reject(new Error('nobody waits for it'))
  ended.catch(() => undefined)
  const party = {
    clock,
    line,
    timeline,
    folder: '.',
    ended,
    result: undefined,
    hangUp: () => undefined,
    pass: <T>(awaited: Promise<T>) => awaited,
    close: () => Promise.resolve(),
  }
  const { message } = await failure('in vain', { party, ear: new Ear(party), fromMs: 0, prompts: new Map() })
  const [, events] = message.split('the last of 4 events:\n')
  expect(events?.split('\n').map((text) => text.trim().replace(/^0\.000 s {2}/, ''))).toEqual([
    'answered',
    'checkpoint-played name=menu',
    'pressed digit=1',
    'pressed digit=2',
  ])
})
