import { createServer } from 'node:net'
import type Docker from 'dockerode'
import type { Log } from '../../lib/log.ts'
import type { ContainerNetwork } from './container-request.ts'
import { engineMessageOf, statusOf } from './engine.ts'

/** Shared by the nodes of a machine. */
const ownName = 'offhook'

/**
 * The network that containers get. `wanted` is `auto`, `host`, or the name of a network that is there and that the node is in.
 * `auto` is one of Offhook's own, in which containers do not reach each other; the machine's own where the engine makes none.
 */
export async function findNetwork(docker: Docker, wanted: string, log: Log): Promise<ContainerNetwork> {
  if (wanted === 'host') return { kind: 'host' }
  if (wanted !== 'auto') return { kind: 'address', name: wanted }
  try {
    const { IPAM } = await ownNetwork(docker)
    const gateway = IPAM?.Config?.[0]?.['Gateway']
    const isHere = gateway !== undefined && (await isOurs(gateway))
    return { kind: isHere ? 'address' : 'published', name: ownName }
  } catch (error) {
    const why = engineMessageOf(error)
    log.warn({ why }, 'the container engine makes no network: containers share that of this machine')
    return { kind: 'host' }
  }
}

async function ownNetwork(docker: Docker): Promise<Docker.NetworkInspectInfo> {
  try {
    return await docker.getNetwork(ownName).inspect()
  } catch (error) {
    if (statusOf(error) !== 404) throw error
  }
  try {
    await docker.createNetwork({
      Name: ownName,
      Driver: 'bridge',
      CheckDuplicate: true,
      // The contract between node and bot has no password: no bot may talk to another one's port.
      Options: { 'com.docker.network.bridge.enable_icc': 'false' },
    })
  } catch (error) {
    // Another node of this machine was quicker.
    if (statusOf(error) !== 409) throw error
  }
  return docker.getNetwork(ownName).inspect()
}

/** Whether an address is one of this machine's: of a network without containers it is on no list of those that are up. */
function isOurs(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(0, address, () => server.close(() => resolve(true)))
  })
}
