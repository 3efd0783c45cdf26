import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startNode, type TestNode } from './support/node.ts'
import { type KillStorm, killStorm } from './support/kill-storm.ts'
import { patience } from './support/patience.ts'
import { botsOf, childrenOf, isAlive, openFilesOf } from './support/processes.ts'
import { type JournalEntry, resumingBot } from './support/resuming-bot.ts'

/** The whole of it by hand: OFFHOOK_TEST_KILLS=200, which takes some minutes. */
const kills = Number(process.env['OFFHOOK_TEST_KILLS'] ?? 15)
const calls = kills === 15 ? 40 : Math.round(kills * 2.5)
const lanes = 10
const seed = Number(process.env['OFFHOOK_TEST_SEED'] ?? 1)

const storms = [
  { what: 'killed', signal: 'SIGKILL', kills, calls, callMs: 2500 },
  { what: 'halted', signal: 'SIGSTOP', kills: Math.ceil(kills / 5), calls: Math.ceil(calls / 4), callMs: 7000 },
] as const

test.for(storms)(
  '$kills instances that are $what at random during $calls calls cost no caller the line, and nothing that was saved',
  { timeout: 60_000 + (calls / lanes) * 12_000 },
  async ({ signal, kills, calls, callMs }) => {
    const folder = await mkdtemp(join(tmpdir(), 'offhook-storm-'))
    try {
      const journal = join(folder, 'journal')
      // The bundler comes with the first node, and stays.
      await usingNode(journal, async () => undefined)
      const filesBefore = openFilesOf(process.pid)
      const seen = new Set<number>()
      await usingNode(journal, async (node) => {
        const bots = () => {
          const all = botsOf(process.pid)
          for (const pid of all) seen.add(pid)
          return all
        }
        const answerUrl = node.answerUrl()
        const options = { answerUrl, journal, bots, calls, kills, lanes, callMs, signal, seed }
        const storm = await killStorm(options)
        expect(storm.killed.busy + storm.killed.idle).toBe(kills)
        expect(storm.killed.busy).toBeGreaterThan(kills / 3)
        expect(storm.calls).toHaveLength(calls)
        everyCallerKeptTheLine(storm)
        everyRunKnewWhatWasSaved(storm)
        await everySessionIsClosed(node, calls)
      })
      await expect.poll(() => [...seen].filter(isAlive), patience).toEqual([])
      expect(childrenOf(process.pid)).toEqual([])
      await expect.poll(() => openFilesOf(process.pid), patience).toBeLessThanOrEqual(filesBefore)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
)

async function usingNode(journal: string, work: (node: TestNode) => Promise<void>): Promise<void> {
  await using node = await startNode({ agents: [{ name: 'bot', bot: resumingBot(journal), warmInstances: 3 }] })
  await work(node)
}

function everyCallerKeptTheLine({ calls }: KillStorm): void {
  for (const { hangup, streams, callUuid } of calls) {
    expect({ callUuid, by: hangup.source, streams: streams.length }).toEqual({ callUuid, by: 'Caller', streams: 1 })
  }
}

function everyRunKnewWhatWasSaved({ calls, journal }: KillStorm): void {
  for (const { callUuid } of calls) {
    const own = journal.filter(({ call }) => call === callUuid)
    const runs = own.filter(({ what }) => what === 'began')
    expect(runs.map(({ run }) => run)).toEqual(runs.map((_, number) => number))
    for (const began of runs.slice(1)) expectLastSaved(began, own)
  }
  const crashes = journal.filter(({ what, run }) => what === 'began' && run > 0)
  expect(crashes.length).toBeGreaterThan(0)
}

/** What was acknowledged is there. What was not yet may be, too. */
function expectLastSaved({ call, run, resumed }: JournalEntry, own: readonly JournalEntry[]): void {
  expect(resumed).toMatchObject({ reason: 'crash', count: run })
  const saved = own.findLast((entry) => entry.what === 'saved' && entry.run < run)?.run ?? -1
  if (resumed?.state === undefined) expect({ call, run, saved }).toEqual({ call, run, saved: -1 })
  else expect([saved, run - 1].map((of) => ({ call, run: of }))).toContainEqual(resumed.state)
}

async function everySessionIsClosed(node: TestNode, calls: number): Promise<void> {
  const reasons = () => node.log.all('call ended').map(({ fields }) => fields['reason'])
  await expect.poll(reasons, patience).toEqual(Array.from({ length: calls }, () => 'caller-hung-up'))
  expect(node.calls.active).toBe(0)
}
