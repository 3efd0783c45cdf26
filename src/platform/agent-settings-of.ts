import { profileOf } from '../runtime/profile.ts'
import type { AgentSettings } from '../server.ts'
import type { Agent, Version } from '../store/store.ts'
import { callPolicyOf } from './call-policy-of.ts'

interface RunAs extends Pick<AgentSettings, 'name' | 'organization' | 'code' | 'recording' | 'environment'> {
  readonly agent: Agent
  readonly version: Version
}

/** What an agent's version runs with, as the node wants it. */
export function agentSettingsOf({ agent, version: { id: version, spec }, ...place }: RunAs) {
  const { webSocketAuth, maxSessionSeconds, instanceUses, profile } = spec
  return {
    ...place,
    version,
    webSocketAuth,
    policy: callPolicyOf(spec),
    warmInstances: agent.minInstances,
    maxSessions: agent.maxInstances,
    maxSessionSeconds,
    maxUses: instanceUses,
    maxMemoryBytes: profileOf(profile).memoryBytes,
  } satisfies AgentSettings
}
