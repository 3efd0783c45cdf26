import type { Clock } from '../../lib/clock.ts'
import { releasePort, takePort } from '../commands/free-port.ts'
import { InstanceStartError } from '../link.ts'
import type { Profile } from '../profile.ts'
import { serverEnvironment } from '../server-bots/server-environment.ts'
import type { OpenPlace, ServerPlace } from '../server-bots/server-place.ts'
import { Container } from './container.ts'
import { type ContainerNetwork, containerRequest } from './container-request.ts'
import { type Engine, engineMessageOf } from './engine.ts'

interface ContainerPlaceOptions {
  /** What the engine knows the image by. */
  readonly image: string
  readonly profile: Profile
  /** The agent's own: its secrets. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly labels: Readonly<Record<string, string>>
  readonly connect: () => Promise<{ readonly engine: Engine; readonly network: ContainerNetwork }>
  readonly clock: Clock
}

/** The port that the base image listens on by default. */
const usualPort = 8080

/** Server bots in containers. */
export function containerPlace(options: ContainerPlaceOptions): OpenPlace {
  return async (onOutput, signal) => {
    const { image, profile, environment, labels, connect, clock } = options
    const { engine, network } = await connect()
    const { docker, init } = engine
    const port = network.kind === 'host' ? await takePort() : usualPort
    const forget = () => {
      if (network.kind === 'host') releasePort(port)
    }
    let container: Container | undefined
    try {
      const secrets = serverEnvironment({ secrets: environment, port })
      const request = containerRequest({ image, network, init, port, profile, environment: secrets, labels })
      const { id } = await docker.createContainer(request)
      container = new Container({ docker, id, profile, clock, onOutput })
      if (signal.aborted) throw signal.reason
      await container.start()
      const origin = `http://${await addressOf(container, network, port)}`
      return placeOf(container, origin, forget)
    } catch (error) {
      await container?.remove().catch(() => undefined)
      forget()
      if (error === signal.reason) throw error
      throw new InstanceStartError(`the container could not be started: ${engineMessageOf(error)}`, { cause: error })
    }
  }
}

function placeOf(container: Container, origin: string, forget: () => void): ServerPlace {
  const exited = container.untilGone().finally(forget)
  return {
    origin,
    exited,
    stop: async () => {
      await container.stop()
      await exited
    },
    kill: () => container.kill(),
    sample: () => container.usage(),
  }
}

/** Host and port of the bot as the node reaches it. */
async function addressOf(container: Container, network: ContainerNetwork, port: number): Promise<string> {
  if (network.kind === 'host') return `127.0.0.1:${port}`
  const { NetworkSettings, State } = await container.inspect()
  if (network.kind === 'published') {
    const published = NetworkSettings.Ports[`${port}/tcp`]?.[0]?.HostPort
    if (published !== undefined) return `127.0.0.1:${published}`
  } else {
    const address = NetworkSettings.Networks[network.name]?.IPAddress
    if (address) return `${address}:${port}`
  }
  // One that ended at once has no address any more; why it did comes with its exit.
  if (!State.Running) return `127.0.0.1:${port}`
  throw new Error(`it has no address in the network "${network.name}"`)
}
