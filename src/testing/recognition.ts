import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { nameOf, readWav } from './audio-source.ts'
import type { Ear } from './ear.ts'
import { secondsText } from './level-meter.ts'
import { Prompt, promptRateHz } from './prompt.ts'
import { findDigits, strongestTone } from './tones.ts'

const mostNeighbours = 20
const toneStepMs = 100
const tonesInARow = 3
const sameToneHz = 6

interface Finding {
  readonly atMs: number
  readonly text: string
}

/** Says what can be made out in a stretch of heard audio: prompts, tones, keys. One line each, in order of time. */
export async function recognise(ear: Ear, fromMs: number, known: ReadonlyMap<string, Prompt>): Promise<string[]> {
  const prompts = await withNeighbours(known)
  const audio = ear.forPrompts(fromMs, ear.endMs)
  const startMs = Math.max(fromMs, ear.answeredAtMs)
  const findings = prompts.flatMap((prompt) => promptFindings(prompt, audio, startMs))
  findings.push(...toneFindings(ear, startMs))
  const digits = findDigits(ear.heard(fromMs, ear.endMs))
  if (digits !== '') findings.push({ atMs: startMs, text: `keys ${digits}` })
  return findings.sort((a, b) => a.atMs - b.atMs).map(({ atMs, text }) => `${secondsText(atMs)}  ${text}`)
}

function promptFindings(prompt: Prompt, audio: Int16Array, startMs: number): Finding[] {
  return prompt.findAll(audio).map(({ start, end, whole }) => {
    const ms = (samples: number) => (samples / promptRateHz) * 1000
    const part = whole
      ? 'whole'
      : `its first ${Math.round(ms(end - start))} of ${Math.round(ms(prompt.samples.length))} ms`
    return { atMs: startMs + ms(start), text: `${prompt.name}, ${part}` }
  })
}

/** Tones that last for three steps: in speech, the pitch does not stand still for so long. */
function toneFindings(ear: Ear, startMs: number): Finding[] {
  const findings: Finding[] = []
  let steady = { frequencyHz: 0, steps: 0 }
  for (let atMs = startMs; atMs + toneStepMs <= ear.endMs; atMs += toneStepMs) {
    const frequencyHz = strongestTone(ear.heard(atMs, atMs + toneStepMs)) ?? 0
    const same = frequencyHz > 0 && Math.abs(frequencyHz - steady.frequencyHz) <= sameToneHz
    steady = { frequencyHz, steps: same ? steady.steps + 1 : 1 }
    if (frequencyHz === 0 || steady.steps !== tonesInARow) continue
    const fromMs = atMs - (tonesInARow - 1) * toneStepMs
    findings.push({ atMs: fromMs, text: `a tone of about ${frequencyHz} Hz` })
  }
  return findings
}

/** The prompt that is heard instead usually lies beside the one that was expected. */
async function withNeighbours(known: ReadonlyMap<string, Prompt>): Promise<Prompt[]> {
  const prompts = new Map(known)
  for (const folder of new Set([...known.keys()].map((file) => dirname(file)))) {
    const names = await readdir(folder).catch(() => [])
    for (const name of names.filter((name) => /\.wav$/i.test(name)).slice(0, mostNeighbours)) {
      const file = join(folder, name)
      if (!prompts.has(file)) await readPrompt(file).then((prompt) => prompt && prompts.set(file, prompt))
    }
  }
  return [...prompts.values()]
}

async function readPrompt(file: string): Promise<Prompt | undefined> {
  try {
    return new Prompt(nameOf(file), await readWav(file))
  } catch {
    return undefined
  }
}
