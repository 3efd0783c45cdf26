import { defined } from '../control/defined.ts'
import type { AgentSettings } from '../server.ts'
import { UsageError } from './describe-error.ts'
import type { CallSettings, DeploySettings } from './project-file.ts'

/** What a project's file says that `offhook dev` obeys, beside what is to run. */
export type DevSettings = Pick<AgentSettings, 'policy' | 'maxSessionSeconds' | 'maxSessions' | 'maxUses'>

const namesInFile: Readonly<Record<keyof CallSettings, string>> = {
  onCrash: 'on_crash',
  overflow: 'overflow',
  overflowWaitSeconds: 'overflow_wait',
  overflowQueueMax: 'overflow_queue_max',
  overflowThen: 'overflow_then',
  comfortTone: 'comfort_tone',
  ringUntilReadyMs: 'ring_until_ready_ms',
  maxSilenceSeconds: 'max_silence',
  goodbye: 'goodbye',
}

/** Checks it as a node does that it is deployed to. Throws a `UsageError` that names the key. */
export async function devSettings(project: DeploySettings): Promise<DevSettings> {
  const { call, maxSessionDuration, maxAgents, instanceUses } = project
  const others = { maxSessions: maxAgents, maxUses: instanceUses }
  if (call === undefined && maxSessionDuration === undefined) return defined(others)
  // What checks a deployment takes a while to load.
  const [{ botSettings }, { callPolicyOf }] = await Promise.all([
    import('../control/contract/deploy-request.ts'),
    import('../platform/call-policy-of.ts'),
  ])
  const duration = botSettings.maxSessionDuration.safeParse(maxSessionDuration)
  if (!duration.success) throw bad('max_session_duration', duration.error)
  const read = botSettings.call.safeParse(call)
  if (!read.success) throw bad(nameInFile(read.error.issues[0]?.path[0]), read.error)
  return {
    ...defined({ ...others, maxSessionSeconds: duration.data }),
    policy: callPolicyOf({ call: defined(read.data ?? {}) }),
  }
}

const nameInFile = (field: PropertyKey | undefined): string =>
  Object.entries(namesInFile).find(([name]) => name === field)?.[1] ?? String(field)

const bad = (key: string, { issues }: { readonly issues: readonly { readonly message: string }[] }): UsageError =>
  new UsageError(`offhook.toml: ${key} ${issues[0]?.message ?? 'is wrong'}`)
