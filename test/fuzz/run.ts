import { Random } from './random.ts'
import type { Target } from './target.ts'

export interface FuzzReport {
  readonly target: string
  readonly seed: number
  readonly cases: number
  readonly ms: number
  /** Heap in use after a collection: once it has warmed up, and at the end. */
  readonly heapBefore: number
  readonly heapAfter: number
}

/** What broke, and the seed of its round: `run` with it and `cases` does the same again. */
export class RoundFailed extends Error {
  override readonly name = 'RoundFailed'
  readonly seed: number
  readonly cases: number

  constructor(target: Target, seed: number, cases: number, cause: unknown) {
    super(`${target.name} failed with seed ${seed}, ${cases} cases`, { cause })
    this.seed = seed
    this.cases = cases
  }
}

const roundTimeoutMs = 120_000
const warmUpShare = 0.25

/** Rounds one after another, each with a seed that is one more. */
export async function fuzz(target: Target, seed: number, cases: number): Promise<FuzzReport> {
  const startedAt = performance.now()
  let heapBefore: number | undefined
  for (let done = 0, round = 0; done < cases; round++) {
    const inRound = Math.min(target.roundCases, cases - done)
    await runRound(target, (seed + round) >>> 0, inRound)
    done += inRound
    if (heapBefore === undefined && done >= cases * warmUpShare) heapBefore = await heapInUse()
  }
  const heapAfter = await heapInUse()
  return {
    target: target.name,
    seed,
    cases,
    ms: performance.now() - startedAt,
    heapBefore: heapBefore ?? heapAfter,
    heapAfter,
  }
}

async function runRound(target: Target, seed: number, cases: number): Promise<void> {
  const escaped = Promise.withResolvers<never>()
  const escape = (error: unknown) => escaped.reject(error)
  process.on('uncaughtException', escape)
  const timer = setTimeout(() => escape(new Error(`not done within ${roundTimeoutMs} ms`)), roundTimeoutMs)
  try {
    await Promise.race([target.run(new Random(seed), cases), escaped.promise])
  } catch (error) {
    throw new RoundFailed(target, seed, cases, error)
  } finally {
    clearTimeout(timer)
    process.off('uncaughtException', escape)
  }
}

async function heapInUse(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    globalThis.gc?.()
  }
  return process.memoryUsage().heapUsed
}
