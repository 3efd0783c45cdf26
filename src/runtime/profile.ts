/** What an instance may use. */
export interface Profile {
  /** Thousandths of a processor. */
  readonly cpuMillicores: number
  readonly memoryBytes: number
}

const gibibyte = 1024 ** 3

const profiles = {
  'agent-1x': { cpuMillicores: 500, memoryBytes: gibibyte },
  'agent-2x': { cpuMillicores: 1000, memoryBytes: 2 * gibibyte },
  'agent-3x': { cpuMillicores: 1500, memoryBytes: 3 * gibibyte },
} as const satisfies Readonly<Record<string, Profile>>

/** The profile of that name; the smallest one for a name that nobody knows. */
export const profileOf = (name: string | undefined): Profile =>
  Object.entries(profiles).find(([known]) => known === name)?.[1] ?? profiles['agent-1x']
