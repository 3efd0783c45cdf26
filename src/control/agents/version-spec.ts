import { isDeepStrictEqual } from 'node:util'
import { defaultProfile } from '../../runtime/profile.ts'
import { defaultMaxSessionSeconds } from '../../sessions/call-policy.ts'
import type { Build } from '../../store/schema/agents.ts'
import type { VersionSpec } from '../../store/version.ts'
import { badRequest } from '../api-error.ts'
import type { BotCode } from './bot-code.ts'
import type { UpdateAgentRequest } from '../contract/deploy-request.ts'
import { defined } from '../defined.ts'

/** What a request says of a version, whether it makes an agent or changes one. */
export type VersionSettings = Omit<UpdateAgentRequest, 'region' | 'forceRedeploy' | 'autoScaling'> & {
  readonly code?: BotCode | undefined
}

/** The first version of an agent; fields that are not given have their defaults. */
export function firstSpec(settings: VersionSettings, build: Build | undefined): VersionSpec {
  const source = sourceOf(settings, build)
  if (!source) throw badRequest('image is missing: name either image or buildId.')
  return withSettings(
    {
      source,
      webSocketAuth: 'token',
      profile: defaultProfile,
      nodeType: 'arm',
      maxSessionSeconds: defaultMaxSessionSeconds,
    },
    settings,
  )
}

/** The next version: what is not given stays as it was. */
export const nextSpec = (before: VersionSpec, settings: VersionSettings, build: Build | undefined): VersionSpec =>
  withSettings({ ...before, source: sourceOf(settings, build) ?? before.source }, settings)

export const sameSpec = (a: VersionSpec, b: VersionSpec): boolean => isDeepStrictEqual(defined(a), defined(b))

function sourceOf(
  { image, buildId, code }: VersionSettings,
  build: Build | undefined,
): VersionSpec['source'] | undefined {
  if (code) return code.source
  if (image !== undefined && buildId !== undefined) throw badRequest('image and buildId exclude each other: name one.')
  if (image !== undefined) return { type: 'image', image }
  if (!build) return undefined
  if (build.imageUri === null) throw badRequest(`buildId names the build ${build.id}, which has no image.`)
  return { type: 'image', image: build.imageUri, buildId: build.id }
}

function withSettings(before: VersionSpec, settings: VersionSettings): VersionSpec {
  const { secretSet, imagePullSecretSet, agentProfile, nodeType, websocketAuth, maxSessionDuration, call } = settings
  const { audioFilter: filterBefore, instanceUses: usesBefore, settings: settingsBefore, ...others } = before
  const files = settings.code ? contentSettings(settings.code) : settingsBefore
  const wanted = settings.krispViva?.audioFilter
  const audioFilter = wanted === undefined ? filterBefore : (wanted ?? undefined)
  return {
    ...others,
    ...defined({
      secretSet,
      imagePullSecretSet,
      profile: agentProfile,
      nodeType,
      webSocketAuth: websocketAuth,
      maxSessionSeconds: maxSessionDuration,
      call: call && { ...before.call, ...defined(call) },
      audioFilter,
      // Without a limit it is as if nobody had said anything.
      instanceUses: (settings.instanceUses ?? usesBefore) || undefined,
      settings: files,
    }),
  }
}

/** Two versions of the same files are the same. */
const contentSettings = ({ contentHash }: BotCode): VersionSpec['settings'] => ({ contentHash })
