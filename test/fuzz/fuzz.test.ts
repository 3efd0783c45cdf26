import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { FuzzReport } from './run.ts'
import type { Target } from './target.ts'
import { targets } from './targets/all.ts'

/** A round that has broken once, and is run again each time. */
interface KeptSeed {
  readonly target: string
  readonly seed: number
  readonly cases: number
}

const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const seedsFile = pathOf('seeds.json')
const readSeeds = async (): Promise<KeptSeed[]> => JSON.parse(await readFile(seedsFile, 'utf8'))

/** Cases of each side. */
const wanted = Number(process.env['OFFHOOK_FUZZ'] ?? 10_000)
const timeoutMs = 120_000 + wanted * 10
/** What a heap may differ by without a leak. In a full run 30 to 300 bytes kept of each case would be beyond, by target. */
const mostGrowth = 12 * 1024 * 1024

interface Run {
  readonly ended: FuzzReport | { readonly failed: KeptSeed } | undefined
  readonly errors: string
}

/** In a process of its own: a crash is told from a failure, and its heap holds nothing else. */
function runApart({ target, seed, cases }: KeptSeed): Promise<Run> {
  const args = ['--expose-gc', pathOf('main.ts'), target, String(seed), String(cases)]
  return new Promise((resolve) => {
    execFile(process.execPath, args, { timeout: timeoutMs, killSignal: 'SIGKILL' }, (error, stdout, errors) => {
      const line = stdout.trim()
      const interrupted = error?.signal === 'SIGTERM' || error?.signal === 'SIGINT'
      const crashed = interrupted ? undefined : { failed: { target, seed, cases } }
      resolve({ ended: line === '' ? crashed : JSON.parse(line), errors: errors || (error?.message ?? '') })
    })
  })
}

async function keep(failed: KeptSeed): Promise<void> {
  const seeds = await readSeeds()
  const isKnown = seeds.some(({ target, seed }) => target === failed.target && seed === failed.seed)
  if (!isKnown) await writeFile(seedsFile, `${JSON.stringify([...seeds, failed], null, 2)}\n`)
}

async function expectToEndWell(round: KeptSeed): Promise<void> {
  const { ended, errors } = await runApart(round)
  if (!ended) return expect.fail('somebody ended the process')
  if ('failed' in ended) {
    await keep(ended.failed)
    expect.fail(`failed with ${JSON.stringify(ended.failed)}, kept in test/fuzz/seeds.json\n${errors}`)
  }
  const { target, seed, cases, ms, heapBefore, heapAfter } = ended
  const megabytes = (bytes: number) => (bytes / 1024 / 1024).toFixed(1)
  const heap = `${megabytes(heapBefore)} to ${megabytes(heapAfter)} MB`
  process.stdout.write(`fuzz ${target}: seed ${seed}, ${cases} cases in ${(ms / 1000).toFixed(1)} s, heap ${heap}\n`)
  expect(cases).toBe(round.cases)
  expect(heapAfter - heapBefore).toBeLessThan(mostGrowth)
}

const casesOf = ({ share }: Target) => Math.ceil(wanted * share)

test.each(targets.map((target) => [target.side, target.name, target] as const))(
  'rubbish for the %s does no harm: %s',
  { timeout: timeoutMs },
  async (_side, name, target) => {
    await expectToEndWell({ target: name, seed: Math.floor(Math.random() * 2 ** 31), cases: casesOf(target) })
  },
)

test('the shares of each side are a whole', () => {
  for (const side of ['simulator', 'offhook']) {
    const shares = targets.filter((target) => target.side === side).map(({ share }) => share)
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1)
  }
})

test('what has broken once does not break again', { timeout: timeoutMs }, async () => {
  for (const round of await readSeeds()) await expectToEndWell(round)
})
