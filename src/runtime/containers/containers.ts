import type { Clock } from '../../lib/clock.ts'
import { messageOf } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import type { Profile } from '../profile.ts'
import type { OpenPlace } from '../server-bots/server-place.ts'
import { findNetwork } from './container-network.ts'
import { containerPlace } from './container-place.ts'
import type { ContainerNetwork } from './container-request.ts'
import { type Engine, openEngine } from './engine.ts'
import { NoEngineError } from './engine-address.ts'
import { buildImage, type ImageBuildRequest } from './image-build.ts'
import { Images, type WantedImage } from './images.ts'
import { type ContainerOwner, ownerLabels, removeOrphans } from './orphans.ts'

export interface ContainersOptions {
  /** As `DOCKER_HOST` has it. Default: where Docker and Podman usually listen. */
  readonly address?: string | undefined
  /** The user's folder for sockets. */
  readonly runtimeFolder?: string | undefined
  /** `auto`, `host`, or the name of a network that the node is in. */
  readonly network: string
  readonly maxImageBytes: number
  readonly owner: ContainerOwner
  readonly clock: Clock
  readonly log: Log
}

export interface PlaceInContainer {
  /** The name that `prepare` gave. */
  readonly image: string
  readonly profile: Profile
  readonly environment: Readonly<Record<string, string | undefined>>
  /** What an operator sees beside a container: its agent and version. */
  readonly labels: Readonly<Record<string, string>>
}

interface Connection {
  readonly engine: Engine
  readonly network: ContainerNetwork
}

/** What a node does with a container engine. The engine is looked for when it is first needed. */
export class Containers {
  readonly #options: ContainersOptions
  #connection: Promise<Connection> | undefined

  constructor(options: ContainersOptions) {
    this.#options = options
  }

  /** Makes sure that an image is here. Rejects with an `ImageError` or a `NoEngineError`. */
  async prepare(wanted: WantedImage): Promise<string> {
    return (await this.#images()).prepare(wanted)
  }

  /** Whether the engine has an image of that name. */
  async has(image: string): Promise<boolean> {
    return (await this.#images()).has(image)
  }

  /** How instances of a version get their containers. */
  place({ labels, ...options }: PlaceInContainer): OpenPlace {
    const { owner, clock } = this.#options
    const connect = () => this.#connect()
    return containerPlace({ ...options, labels: { ...labels, ...ownerLabels(owner) }, connect, clock })
  }

  /** Builds an image. Returns its size in bytes. Rejects with an `ImageBuildError` or a `NoEngineError`. */
  async build(request: ImageBuildRequest): Promise<number> {
    const { engine } = await this.#connect()
    return buildImage(engine, this.#options.clock, request)
  }

  /** Removes what an earlier life of this node left behind. Without an engine there is nothing. */
  async removeOrphans(): Promise<void> {
    const { owner, log } = this.#options
    try {
      const { engine } = await this.#connect()
      const removed = await removeOrphans(engine.docker, owner)
      if (removed > 0) log.warn({ containers: removed }, 'containers that an earlier node left behind are removed')
    } catch (error) {
      if (error instanceof NoEngineError) log.debug({ why: messageOf(error) }, 'no containers')
      else log.warn({ why: messageOf(error) }, 'containers of an earlier node could not be looked for')
    }
  }

  async #images(): Promise<Images> {
    const { maxImageBytes: maxBytes, clock, log } = this.#options
    const { engine } = await this.#connect()
    return new Images({ engine, maxBytes, clock, log })
  }

  #connect(): Promise<Connection> {
    this.#connection ??= this.#open().catch((error: unknown) => {
      // The next one tries again: an operator may have started the engine by then.
      this.#connection = undefined
      throw error
    })
    return this.#connection
  }

  async #open(): Promise<Connection> {
    const { network: wanted, log } = this.#options
    const engine = await openEngine(this.#options)
    const network = await findNetwork(engine.docker, wanted, log)
    log.info({ engine: engine.name, network: network.kind }, 'containers run here')
    return { engine, network }
  }
}
