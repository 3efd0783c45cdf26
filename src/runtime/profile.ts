/** What an instance may use. */
export interface Profile {
  /** Thousandths of a processor. */
  readonly cpuMillicores: number
  readonly memoryBytes: number
}

export const profileNames = ['agent-1x', 'agent-2x', 'agent-3x'] as const
export const defaultProfile = 'agent-1x'

const gibibyte = 1024 ** 3

const profiles: Readonly<Record<(typeof profileNames)[number], Profile>> = {
  'agent-1x': { cpuMillicores: 500, memoryBytes: gibibyte },
  'agent-2x': { cpuMillicores: 1000, memoryBytes: 2 * gibibyte },
  'agent-3x': { cpuMillicores: 1500, memoryBytes: 3 * gibibyte },
}

/** The profile of that name; the smallest one for a name that nobody knows. */
export const profileOf = (name: string | undefined): Profile =>
  profiles[profileNames.find((known) => known === name) ?? defaultProfile]
