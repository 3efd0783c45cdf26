import { parseArgs } from 'node:util'

const sections = ['latency', 'relay', 'sweep'] as const
type Section = (typeof sections)[number]

export interface BenchOptions {
  readonly runs: number
  readonly quick: boolean
  readonly sections: readonly Section[]
  readonly profile: boolean
}

export const usage = `Usage: npm run bench -- [options]

  --runs <n>        measure everything n times and print medians (default 5; 1 with --quick)
  --quick           a short run of everything, to see that it works: its figures mean little
  --only <section>  ${sections.join(', ')}
  --profile         where the gateway's time goes with 100 pooled echo calls; nothing else`

/** Throws a `TypeError` or a `RangeError` that says what is wrong. */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runs: { type: 'string' },
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      profile: { type: 'boolean', default: false },
    },
  })
  const { quick, only, profile } = values
  const runs = Number(values.runs ?? (quick ? 1 : 5))
  if (!Number.isInteger(runs) || runs < 1)
    throw new RangeError(`--runs must be a whole number from 1, got ${values.runs}`)
  const wanted = only === undefined ? sections : sections.filter((section) => section === only)
  if (wanted.length === 0) throw new RangeError(`--only must be one of ${sections.join(', ')}, got ${only}`)
  return { runs, quick, sections: wanted, profile }
}
