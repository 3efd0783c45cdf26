import type { Agent } from '../../store/schema/agents.ts'
import type { Version, VersionSpec } from '../../store/version.ts'
import type { Deployment } from '../contract/agent-details.ts'
import { isoTime } from '../iso-time.ts'

/** What each profile gives an instance. */
const resources: Readonly<Record<string, { cpu: string; memory: string }>> = {
  'agent-1x': { cpu: '500m', memory: '1Gi' },
  'agent-2x': { cpu: '1000m', memory: '2Gi' },
  'agent-3x': { cpu: '1500m', memory: '3Gi' },
}

export const defaultProfile = 'agent-1x'

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
        resources: resources[spec.profile ?? defaultProfile] ?? { cpu: '500m', memory: '1Gi' },
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
