import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** What `--cpu-prof` writes; times in microseconds, on the machine's monotonic clock. */
interface CpuProfile {
  readonly startTime: number
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
}

export interface SelfTime {
  /** `name file:line`, or what is no JavaScript in brackets. */
  readonly place: string
  readonly selfMs: number
}

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Where the time went between two moments, the most expensive first; without the time in which nothing ran. */
export async function readSelfTimes(path: string, fromUs: number, untilUs: number): Promise<readonly SelfTime[]> {
  const profile = JSON.parse(await readFile(path, 'utf8')) as CpuProfile
  const places = new Map(profile.nodes.map((node) => [node.id, placeOf(node.callFrame)]))
  const selfMs = new Map<string, number>()
  let nowUs = profile.startTime
  for (const [index, node] of profile.samples.entries()) {
    nowUs += profile.timeDeltas[index] ?? 0
    if (nowUs < fromUs || nowUs > untilUs) continue
    const place = places.get(node) ?? '(unknown)'
    selfMs.set(place, (selfMs.get(place) ?? 0) + (profile.timeDeltas[index + 1] ?? 0) / 1000)
  }
  selfMs.delete('(idle)')
  return [...selfMs].map(([place, selfMs]) => ({ place, selfMs })).sort((a, b) => b.selfMs - a.selfMs)
}

function placeOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  const name = functionName === '' ? '(anonymous)' : functionName
  if (url === '') return name
  const file = url.startsWith('file:') ? fileURLToPath(url).replace(root, '') : url
  return `${name} ${file}:${lineNumber + 1}`
}
