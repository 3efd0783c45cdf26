/** `node --expose-gc test/fuzz/main.ts target seed cases`: prints a report as JSON, or the seed of the round that broke. */
import { inspect } from 'node:util'
import { fuzz, RoundFailed } from './run.ts'
import { targets } from './targets/all.ts'

const [name, seed, cases] = process.argv.slice(2)
const target = targets.find((candidate) => candidate.name === name)
if (!target) throw new Error(`there is no target ${name}: ${targets.map((candidate) => candidate.name).join(', ')}`)

try {
  process.stdout.write(`${JSON.stringify(await fuzz(target, Number(seed), Number(cases)))}\n`)
} catch (error) {
  if (!(error instanceof RoundFailed)) throw error
  const failed = { target: target.name, seed: error.seed, cases: error.cases }
  process.stdout.write(`${JSON.stringify({ failed })}\n`)
  process.stderr.write(`${inspect(error, { depth: 5 })}\n`)
  process.exitCode = 1
}
// Whatever hangs is not waited for.
process.exit()
