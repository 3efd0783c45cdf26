import { expect } from 'vitest'
import { ForeignStream, newCallUuid, UpgradeRefused } from './foreign-client.ts'
import type { TestNode } from './node.ts'

export interface ExpectedRefusal {
  readonly status: number
  /** What the log must say. */
  readonly reason: RegExp
  readonly headers?: Readonly<Record<string, string>>
}

/** Opens a stream that the node must refuse at the upgrade, for the reason given, at no cost. */
export async function expectRefused(node: TestNode, url: string, expected: ExpectedRefusal): Promise<void> {
  const before = spent(node)
  const since = node.log.entries.length
  using stream = new ForeignStream(url, newCallUuid(), undefined, expected.headers)
  const refusal = await stream.opened().catch((error: unknown) => error)
  expect(refusal).toBeInstanceOf(UpgradeRefused)
  expect(refusal).toMatchObject({ status: expected.status })
  const [logged, ...others] = node.log.all('a stream was refused', since)
  expect(others).toEqual([])
  expect(logged?.level).toBe('warn')
  expect(logged?.fields).toMatchObject({
    reason: expect.stringMatching(expected.reason),
    fix: expect.stringMatching(/\w+ \w+/),
  })
  expect(spent(node)).toEqual(before)
}

/** Sessions and instances in use. */
export function spent(node: TestNode): unknown {
  const { active, waiting } = node.pool().status
  return { calls: node.calls.active, active, waiting }
}
