import type Docker from 'dockerode'
import { statusOf } from './engine.ts'

/** Whose a container is: of a node that died, its next life knows by this what to remove. */
export interface ContainerOwner {
  readonly nodeId: string
  /** The node's folder: two nodes of one machine have the same name by default, and never the same folder. */
  readonly home: string
}

export const ownerLabels = ({ nodeId, home }: ContainerOwner): Readonly<Record<string, string>> => ({
  'offhook.node': nodeId,
  'offhook.home': home,
})

/** Removes every container of a node's earlier lives. Only for a node that has started none yet. Returns how many there were. */
export async function removeOrphans(docker: Docker, owner: ContainerOwner): Promise<number> {
  const label = Object.entries(ownerLabels(owner)).map(([name, value]) => `${name}=${value}`)
  const orphans = await docker.listContainers({ all: true, filters: { label } })
  await Promise.all(
    orphans.map(async ({ Id }) => {
      await docker
        .getContainer(Id)
        .remove({ force: true, v: true })
        .catch((error: unknown) => {
          if (![404, 409].includes(statusOf(error) ?? 0)) throw error
        })
    }),
  )
  return orphans.length
}
