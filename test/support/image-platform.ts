import { expect } from 'vitest'
import { tone } from '../../src/audio/tone.ts'
import type { CallerAction } from '../../src/simulator/index.ts'
import { engineForTests } from './engine.ts'
import { removeHome, startPlatform, type TestPlatform } from './platform.ts'

export const engineSettings = { network: 'auto', maxImageBytes: 2 * 1024 ** 3, buildTimeoutMs: 100_000 }

/** A node that runs images. Leaves no container behind, which it checks. */
export async function withImages(
  run: (platform: TestPlatform) => Promise<void>,
  settings: Partial<typeof engineSettings & { address: string }> = {},
): Promise<void> {
  const platform = await startPlatform(undefined, { engine: { ...engineSettings, ...settings } })
  try {
    await run(platform)
  } finally {
    const images = settings.address === undefined ? await imagesOf(platform) : []
    await platform[Symbol.asyncDispose]()
    for (const name of images)
      await engineForTests()
        .getImage(name)
        .remove({ force: true })
        .catch(() => undefined)
    const left = settings.address === undefined ? await containersOf(platform) : []
    await removeHome(platform)
    expect(left).toEqual([])
  }
}

/** Names that the node gave to what its agents run and what it built: those of other tests stay. */
async function imagesOf({ open, organization }: TestPlatform): Promise<readonly string[]> {
  const { organizations, agents, versions, builds } = open.store
  const { id = '' } = (await organizations.findByName(organization)) ?? {}
  const names: string[] = []
  for (const agent of await agents.list(id))
    for (const version of (await versions.list(id, agent.id)).items) names.push(`offhook/version:${version.id}`)
  for (const build of (await builds.list(id, {})).items) names.push(`offhook/build:${build.id}`)
  return names
}

export const containersOf = ({ home }: TestPlatform) =>
  engineForTests().listContainers({ all: true, filters: { label: [`offhook.home=${home}`] } })

/** Deploys as the platform's clients do, and waits until the image runs or has failed. Returns the agent's details. */
export async function deployImage(platform: TestPlatform, request: Record<string, unknown>, name = 'desk') {
  const { open, organization } = platform
  const base = `/v1/organizations/${organization}/services`
  const created = await platform.ask('POST', base, { serviceName: name, ...request })
  expect(created.status).toBe(200)
  await open.platform.settled()
  const { body } = await platform.ask('GET', `${base}/${name}`)
  return body['body'] as Record<string, unknown>
}

/** Says something that the bot repeats, and has it hang up. */
export const talk: readonly CallerAction[] = [
  {
    do: 'speak',
    audio: { samples: tone({ frequencyHz: 440, durationMs: 500, sampleRateHz: 8000 }), sampleRateHz: 8000 },
  },
  { do: 'wait-for-audio' },
  { do: 'wait-for-quiet' },
  { do: 'press', digits: '#' },
]

export const heardTone = ({ heard }: { heard: { samples: Int16Array } }) =>
  heard.samples.some((sample) => Math.abs(sample) > 2000)
