import { readFile } from 'node:fs/promises'
import { parseWav } from '../audio/wav.ts'
import { messageOf } from '../lib/errors.ts'
import { describeFailure } from '../lib/parsed.ts'
import type { CallerAction } from '../simulator/index.ts'
import { UsageError } from './describe-error.ts'

export interface ScriptOptions {
  /** Path of a WAV file that the caller says. */
  readonly speech?: string
  /** Keys and pauses, such as `1,wait 500,#`; `quiet` waits for the bot to stop, `speak` places the speech. */
  readonly press?: string
}

/** How long the bot must be silent before the caller takes it to be done. */
const quietMs = 700
/** A caller whose script is over waits this long for the bot to go on, then hangs up. */
const doneMs = 3000
/** A bot that says nothing by then is one that waits for the caller. */
const firstAudioMs = 5000
const timeoutMs = 60_000

/** What the simulated caller does. Without a script it just listens. Throws a `UsageError` that names the option. */
export async function readCallerScript({ speech, press }: ScriptOptions): Promise<CallerAction[]> {
  if (speech === undefined && press === undefined) return []
  const steps = (press ?? '')
    .split(',')
    .map((step) => step.trim())
    .filter((step) => step !== '')
  const speak: CallerAction[] = speech === undefined ? [] : [{ do: 'speak', audio: await readSpeech(speech) }]
  const spokenByScript = steps.includes('speak')
  if (spokenByScript && speech === undefined)
    throw new UsageError('--press says "speak": give the words with --speech x.wav')
  const quiet: CallerAction = { do: 'wait-for-quiet', ms: quietMs, timeoutMs }
  return [
    { do: 'wait-for-audio', timeoutMs: firstAudioMs },
    ...(speech === undefined || spokenByScript ? [] : [quiet, ...speak, quiet]),
    ...steps.flatMap((step): CallerAction[] =>
      step === 'speak' ? speak : step === 'quiet' ? [quiet] : [readStep(step)],
    ),
    { do: 'wait-for-quiet', ms: doneMs, timeoutMs },
    { do: 'hang-up' },
  ]
}

function readStep(step: string): CallerAction {
  if (/^[0-9*#A-D]+$/.test(step)) return { do: 'press', digits: step }
  const ms = /^wait (\d+)$/.exec(step)?.[1]
  if (ms !== undefined) return { do: 'wait', ms: Number(ms) }
  throw new UsageError(
    `--press takes keys (0-9 * # A-D), "wait 500", "quiet" and "speak", joined with commas; got "${step}"`,
  )
}

async function readSpeech(path: string): Promise<{ samples: Int16Array; sampleRateHz: number }> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new UsageError(`--speech: ${messageOf(error)}`)
  })
  const wav = parseWav(bytes)
  if (!wav.ok) throw new UsageError(`--speech ${path}: ${describeFailure(wav)}`)
  return wav.value
}
