import { profileOf } from '../../runtime/profile.ts'
import type { Agent } from '../../store/schema/agents.ts'
import type { Version, VersionSpec } from '../../store/version.ts'
import type { Deployment } from '../contract/agent-details.ts'
import { isoTime } from '../iso-time.ts'

/** What a profile gives an instance, in the units of Kubernetes. */
function resourcesView(profile: string | undefined) {
  const { cpuMillicores, memoryBytes } = profileOf(profile)
  return { cpu: `${cpuMillicores}m`, memory: `${memoryBytes / 1024 ** 3}Gi` }
}

export const scalingView = ({ minInstances, maxInstances }: Agent) => ({
  minReplicas: minInstances,
  maxReplicas: maxInstances,
})

/** A version as the platform's clients know it: a deployment with a manifest. */
export function deploymentView(agent: Agent, version: Version, organizationName: string): Deployment {
  const { spec } = version
  return {
    id: version.id,
    serviceId: agent.id,
    createdAt: isoTime(version.createdAt),
    updatedAt: isoTime(version.updatedAt),
    manifest: {
      apiVersion: 'offhook/v1',
      kind: 'Agent',
      metadata: { name: agent.name, namespace: organizationName },
      spec: {
        dailyNodeType: spec.nodeType ?? 'arm',
        image: imageText(spec),
        autoScaling: scalingView(agent),
        ...(spec.imagePullSecretSet !== undefined && { imagePullSecretName: spec.imagePullSecretSet }),
        envFromSecretNames: spec.secretSet === undefined ? [] : [spec.secretSet],
        resources: resourcesView(spec.profile),
        krispViva: { audioFilters: spec.audioFilter ?? null },
        ...(spec.maxSessionSeconds !== undefined && { maxSessionDurationSeconds: spec.maxSessionSeconds }),
        ...(spec.instanceUses !== undefined && { instanceUses: spec.instanceUses }),
        ...(spec.call && { call: spec.call }),
      },
    },
  }
}

/** Where a built image lies is nobody's business but the node's. */
function imageText({ source }: VersionSpec): string {
  if (source.type === 'image') return source.buildId === undefined ? source.image : `build:${source.buildId}`
  return sourceText({ source })
}

/** What a version runs, in a word or two. */
export function sourceText({ source }: Pick<VersionSpec, 'source'>): string {
  switch (source.type) {
    case 'image':
      return source.buildId === undefined ? `image ${source.image}` : `build ${source.buildId}`
    case 'module':
      return `module ${source.entry}`
    case 'url':
      return `url ${source.url}`
    case 'command':
      return `command ${source.command.join(' ')}`
  }
}
