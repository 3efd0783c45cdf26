import type { ContainerCreateOptions } from 'dockerode'
import type { Profile } from '../profile.ts'

/** How a container is reached. */
export type ContainerNetwork =
  /** By its address in a network that the node reaches. */
  | { readonly kind: 'address'; readonly name: string }
  /** By a port of this machine's own address: the network is in a virtual machine, or in a user's own world. */
  | { readonly kind: 'published'; readonly name: string }
  /** The machine's own, for engines that have no other: each bot has a port of its own. */
  | { readonly kind: 'host' }

export interface ContainerSpec {
  /** Id or name of an image that the engine has. */
  readonly image: string
  readonly network: ContainerNetwork
  /** Whether the engine brings an init process. */
  readonly init: boolean
  /** Where the bot listens. */
  readonly port: number
  readonly profile: Profile
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly labels: Readonly<Record<string, string>>
}

const maxProcesses = 512
/** The only place that a bot can write to. What lies there counts as its memory. */
const temporaryFiles = (memoryBytes: number) => `rw,nosuid,nodev,exec,mode=1777,size=${memoryBytes / 2}`

/** What the engine is asked for. What a bot needs no right to, it has no right to. */
export function containerRequest(spec: ContainerSpec): ContainerCreateOptions {
  const { image, network, init, port, profile, environment, labels } = spec
  const { cpuMillicores, memoryBytes } = profile
  const exposed = `${port}/tcp`
  const isPublished = network.kind === 'published'
  return {
    Image: image,
    Env: Object.entries({ ...environment, PORT: String(port) })
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}=${value}`),
    Labels: { ...labels },
    ...(isPublished && { ExposedPorts: { [exposed]: {} } }),
    HostConfig: {
      NetworkMode: network.kind === 'host' ? 'host' : network.name,
      ...(isPublished && { PortBindings: { [exposed]: [{ HostIp: '127.0.0.1', HostPort: '' }] } }),
      NanoCpus: cpuMillicores * 1_000_000,
      Memory: memoryBytes,
      // The same number: no swap. A bot that swaps stutters; one that is ended is replaced.
      MemorySwap: memoryBytes,
      PidsLimit: maxProcesses,
      ReadonlyRootfs: true,
      Tmpfs: { '/tmp': temporaryFiles(memoryBytes) },
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      // A first process that passes signals on and buries the dead, which most bots do not do themselves.
      ...(init && { Init: true }),
      // The node reads what a bot prints as it comes; the engine's copy is for its operator.
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '1' } },
    },
  }
}
