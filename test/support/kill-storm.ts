import { tone } from '../../src/audio/tone.ts'
import { seededRandom } from '../../src/simulator/random.ts'
import { pause } from './patience.ts'
import { type JournalEntry, readJournal } from './resuming-bot.ts'
import { type Simulated, simulate } from './simulated.ts'

export interface KillStormOptions {
  readonly answerUrl: string
  readonly authTokens?: readonly string[]
  /** What `resumingBot` writes down. */
  readonly journal: string
  /** Processes that run bots at the moment. */
  readonly bots: () => readonly number[]
  readonly calls: number
  readonly kills: number
  /** Calls at once. */
  readonly lanes: number
  readonly callMs: number
  /** `SIGSTOP`: the instance hangs. */
  readonly signal: 'SIGKILL' | 'SIGSTOP'
  readonly seed: number
}

export interface KillStorm {
  readonly calls: readonly Simulated[]
  readonly journal: readonly JournalEntry[]
  /** Of those, how many had a call. */
  readonly killed: { readonly busy: number; readonly idle: number }
}

/** What callers say all the time, and hear again from the bot. */
export const callerHz = 1000

/** The third crash of a call ends it, which is another matter. */
const maxCrashes = 2
/** A hung instance is noticed by then, and another has the call. */
const noticedMs = 3500

/** Calls that overlap, while instances are killed at random: any of those that are there. */
export async function killStorm(options: KillStormOptions): Promise<KillStorm> {
  const { calls, lanes, callMs, journal } = options
  const speech = tone({ frequencyHz: callerHz, durationMs: callMs, sampleRateHz: 8000 })
  const done: Simulated[] = []
  let begun = 0
  const lane = async (number: number) => {
    // Spread, so that calls do not all begin and end together.
    await pause((number * callMs) / lanes)
    while (begun++ < calls) done.push(await call(options, speech))
  }
  const over = new AbortController()
  const [killed] = await Promise.all([
    killAtRandom(options, over.signal),
    Promise.all(Array.from({ length: lanes }, (_, number) => lane(number))).finally(() => over.abort()),
  ])
  return { calls: done, journal: readJournal(journal), killed }
}

const call = ({ answerUrl, authTokens = [], callMs }: KillStormOptions, samples: Int16Array) =>
  simulate({
    answerUrl,
    authTokens,
    maxDurationMs: callMs + 30_000,
    caller: [{ do: 'speak', audio: { samples, sampleRateHz: 8000 } }, { do: 'hang-up' }],
  })

async function killAtRandom(options: KillStormOptions, over: AbortSignal): Promise<KillStorm['killed']> {
  const { kills, calls, lanes, callMs, signal, seed } = options
  const random = seededRandom(seed)
  // All have struck well before the last call ends.
  const meanMs = (calls / lanes) * (callMs / (kills + 4))
  const struck = new Set<number>()
  const killed = { busy: 0, idle: 0 }
  // Until then few of them have a call.
  await pause(callMs / 2)
  while (killed.busy + killed.idle < kills && !over.aborted) {
    await pause(2 * meanMs * random())
    const { busy, idle } = victims(options, struck)
    // Two of three have a call, where there are such.
    const kind = idle.length === 0 || (busy.length > 0 && killed.busy <= 2 * killed.idle) ? 'busy' : 'idle'
    const all = kind === 'busy' ? busy : idle
    const victim = all[Math.floor(random() * all.length)]
    if (victim === undefined) continue
    process.kill(victim, signal)
    struck.add(victim)
    killed[kind]++
  }
  return killed
}

/** Whom it may hit, by whether they have a call. */
function victims({ journal, bots, callMs, signal }: KillStormOptions, struck: ReadonlySet<number>) {
  const lines = readJournal(journal)
  const latest = new Map(lines.map((entry) => [entry.pid, entry]))
  const begun = new Map(lines.flatMap(({ run, call, at }) => (run === 0 ? [[call, at] as const] : [])))
  const busy: number[] = []
  const idle: number[] = []
  for (const pid of bots()) {
    const entry = latest.get(pid)
    if (struck.has(pid)) continue
    if (entry === undefined || entry.what === 'ended') idle.push(pid)
    // A call that is over before anybody can notice shows nothing.
    else if (
      entry.run < maxCrashes &&
      (signal === 'SIGKILL' || Date.now() - (begun.get(entry.call) ?? 0) < callMs - noticedMs)
    )
      busy.push(pid)
  }
  return { busy, idle }
}
