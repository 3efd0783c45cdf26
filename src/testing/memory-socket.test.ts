import { expect, test } from 'vitest'
import type { GatewaySocket } from '../gateway/media-socket.ts'
import { MemorySocket } from './memory-socket.ts'

/** Both ends of a socket that is let in, and what each of them saw, in order. */
async function connected() {
  const seen: string[] = []
  let node: GatewaySocket | undefined
  const plivo = new MemorySocket(
    { onOpen: () => seen.push('plivo open'), onText: (text) => seen.push(`plivo got ${text}`) },
    (accept) => {
      node = accept()
      node.on('message', (data, isBinary) => seen.push(`node got ${data.toString()}${isBinary ? ' as binary' : ''}`))
      node.on('close', (code, reason) => seen.push(`node closed ${code} ${reason.toString()}`))
      node.on('pong', () => seen.push('node got pong'))
      return undefined
    },
  )
  expect(await plivo.opened).toBeUndefined()
  if (!node) throw new Error('nobody was let in')
  return { plivo, node, seen }
}

const soon = () => new Promise((resolve) => void setImmediate(resolve))

test('carries messages both ways, in order and not at once', async () => {
  const { plivo, node, seen } = await connected()
  plivo.send('1')
  node.send('2')
  plivo.send('3')
  node.ping()
  expect(seen).toEqual(['plivo open'])
  await soon()
  expect(seen).toEqual(['plivo open', 'node got 1', 'plivo got 2', 'node got 3', 'node got pong'])
})

test('whoever closes it, what was sent before arrives, and both learn the code', async () => {
  const byNode = await connected()
  byNode.plivo.send('to the node')
  byNode.node.send('to Plivo')
  byNode.node.close(1011, 'bot-threw')
  byNode.node.send('too late')
  expect(await byNode.plivo.closed).toEqual({ by: 'server', code: 1011, reason: 'bot-threw' })
  expect(byNode.seen.slice(1)).toEqual(['node got to the node', 'plivo got to Plivo', 'node closed 1011 bot-threw'])

  const byPlivo = await connected()
  byPlivo.plivo.send('to the node')
  byPlivo.plivo.close(1000)
  byPlivo.plivo.send('too late')
  expect(await byPlivo.plivo.closed).toEqual({ by: 'plivo', code: 1000, reason: '' })
  expect(byPlivo.seen.slice(1)).toEqual(['node got to the node', 'node closed 1000 '])
})

test('one that is cut is lost to both, with what was under way', async () => {
  for (const cut of ['plivo', 'node'] as const) {
    const ends = await connected()
    ends.plivo.send('lost')
    if (cut === 'plivo') ends.plivo.cut()
    else ends.node.terminate()
    expect(await ends.plivo.closed).toEqual({ by: 'lost', code: 1006, reason: '' })
    await soon()
    expect(ends.seen.slice(1)).toEqual(['node closed 1006 '])
  }
})

test('what is not let in is told why', async () => {
  const socket = new MemorySocket({ onOpen: () => undefined, onText: () => undefined }, () => ({ status: 403 }))
  expect(await socket.opened).toEqual({ status: 403 })
  expect(await socket.closed).toMatchObject({ by: 'lost' })
})

test('one that is given up before it was open asks nobody', async () => {
  let asked = false
  const socket = new MemorySocket({ onOpen: () => undefined, onText: () => undefined }, () => {
    asked = true
    return undefined
  })
  socket.terminate()
  expect(await socket.opened).toEqual({ error: 'closed before it was open' })
  await soon()
  expect(asked).toBe(false)
})

test('while it is not read nothing arrives, the end neither', async () => {
  const { plivo, node, seen } = await connected()
  plivo.pause()
  node.send('1')
  node.close(1000, '')
  await soon()
  expect(seen.slice(1)).toEqual([])
  plivo.resume()
  expect(await plivo.closed).toMatchObject({ by: 'server', code: 1000 })
  expect(seen.slice(1)).toEqual(['plivo got 1', 'node closed 1000 '])
})
