import { expect, test } from 'vitest'
import { AgentTurns } from './agent-turns.ts'

test('what concerns one agent happens in turn, and what fails costs nothing else; another agent waits for none of it', async () => {
  const turns = new AgentTurns()
  const order: string[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const first = turns.take('a', async () => {
    await promise
    order.push('first')
    throw new Error('no database')
  })
  const second = turns.take('a', async () => void order.push('second'))
  await turns.take('b', async () => void order.push('other'))
  expect(order).toEqual(['other'])
  resolve()
  await expect(first).rejects.toThrow('no database')
  await second
  expect(order).toEqual(['other', 'first', 'second'])
})
