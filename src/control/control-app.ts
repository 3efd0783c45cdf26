import { OpenAPIHono } from '@hono/zod-openapi'
import { every } from 'hono/combine'
import { cors } from 'hono/cors'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Store } from '../store/store.ts'
import { enterOrganization, enterOwnOrganization } from './enter-organization.ts'
import type { AgentRuntime } from './agent-runtime.ts'
import { authenticate, type AuthenticateOptions } from './authenticate.ts'
import type { ControlApp, ControlEnv } from './control-env.ts'
import type { ControlParts } from './control-parts.ts'
import { describeApi } from './describe-api.ts'
import { endUnsentBody } from './end-unsent-body.ts'
import { onControlError, onNothingHere } from './error-funnel.ts'
import type { ImageBuilder } from './image-builder.ts'
import { FailedAttempts } from './failed-attempts.ts'
import { limitCallers } from './limit-callers.ts'
import { type Rate, RateLimit } from './rate-limit.ts'
import { refuseInvalid } from './refuse-invalid.ts'
import { limitRequestSize } from './request-size.ts'
import { clientId } from './login/authorization-request.ts'
import { authorizeRoutes } from './login/authorize-routes.ts'
import { loginScopes, tokenRoutes } from './login/token-routes.ts'
import { accountRoutes, type OAuthSettings } from './routes/account-routes.ts'
import { agentRoutes } from './routes/agent-routes.ts'
import { auditRoutes } from './routes/audit-routes.ts'
import { botRoutes } from './routes/bot-routes.ts'
import { buildRoutes } from './routes/build-routes.ts'
import { callRoutes } from './routes/call-routes.ts'
import { credentialRoutes } from './routes/credential-routes.ts'
import { historyRoutes } from './routes/history-routes.ts'
import { invitationRoutes } from './routes/invitation-routes.ts'
import { liveRoutes } from './routes/live-routes.ts'
import { logRoutes } from './routes/log-routes.ts'
import { organizationRoutes } from './routes/organization-routes.ts'
import { plivoAccountRoutes } from './routes/plivo-account-routes.ts'
import { propertyRoutes } from './routes/property-routes.ts'
import { secretRoutes } from './routes/secret-routes.ts'
import { sessionApiRoutes } from './routes/session-api-routes.ts'
import { sessionRoutes } from './routes/session-routes.ts'
import { startRoutes } from './routes/start-routes.ts'
import { versionRoutes } from './routes/version-routes.ts'
import { webhookRoutes } from './routes/webhook-routes.ts'
import { securityHeaders } from './security-headers.ts'
import { limitUploads } from './upload-gate.ts'
import type { StartTokens } from './start-tokens.ts'

export interface ControlOptions {
  readonly store: Store
  readonly runtime: AgentRuntime
  /** Without it the node builds no images. */
  readonly builder?: ImageBuilder | undefined
  /** Copies of recordings. Without it the node keeps none. */
  readonly recordings?: ControlParts['recordings']
  readonly startTokens: StartTokens
  /** Base URL of the node as clients reach it, without a slash at the end. */
  readonly publicUrl: () => string
  /** Where the command line logs in with a browser. Default: nowhere, people use tokens. */
  readonly oauth?: OAuthSettings
  /** The node has pages of its own to log in with. Default: it has not. */
  readonly browserLogin?: boolean
  /** Web pages of these origins may call. Default: none. */
  readonly allowedOrigins?: readonly string[]
  /** Webhooks may go to this machine and its network, too. Default: to the internet only. */
  readonly privateWebhooks?: boolean
  /** Of each credential. An address may fail as often at once, and a tenth in the long run. Default: 100 at once, 20 a second. */
  readonly rate?: Rate
  readonly clock: Clock
  readonly log: Log
}

const defaultRate: Rate = { burst: 100, perSecond: 20 }

/** The HTTP API that people and their tools talk to. */
export function createControlApp(options: ControlOptions): ControlApp {
  const { store, log, clock, oauth, builder, allowedOrigins = [], privateWebhooks = false } = options
  const app = new OpenAPIHono<ControlEnv>({ defaultHook: (result) => refuseInvalid(result) })
  app.onError(onControlError)
  app.notFound(onNothingHere)
  app.use(async (context, next) => {
    context.set('log', log)
    await next()
  })
  app.use(securityHeaders)
  app.use(endUnsentBody)
  if (allowedOrigins.length > 0) app.use('/v1/*', cors({ origin: [...allowedOrigins] }))
  app.use(limitRequestSize)
  const rate = options.rate ?? defaultRate
  const failures = new FailedAttempts({ ...rate, perSecond: rate.perSecond / 10 }, clock)
  const ofCallers = { burst: credentialsAtOnce * rate.burst, perSecond: credentialsAtOnce * rate.perSecond }
  const limits = { limit: new RateLimit(rate, clock), callers: new RateLimit(ofCallers, clock) }
  requireCredentials(app, { store, failures, ...limits })

  const { recordings } = options
  const parts = { ...options, builder, recordings, privateWebhooks, failures }
  const own = () => ({ issuer: options.publicUrl(), clientId, scopes: loginScopes })
  accountRoutes(app, { store, oauth: () => oauth ?? (options.browserLogin === true ? own() : undefined) })
  if (options.browserLogin === true) authorizeRoutes(app, parts)
  tokenRoutes(app, parts)
  startRoutes(app, parts)
  sessionApiRoutes(app, parts)
  agentRoutes(app, parts)
  sessionRoutes(app, parts)
  logRoutes(app, parts)
  secretRoutes(app, parts)
  buildRoutes(app, parts)
  propertyRoutes(app, parts)
  credentialRoutes(app, parts)
  versionRoutes(app, parts)
  botRoutes(app, parts)
  liveRoutes(app, parts)
  historyRoutes(app, parts)
  callRoutes(app, parts)
  organizationRoutes(app, parts)
  invitationRoutes(app, parts)
  auditRoutes(app, parts)
  webhookRoutes(app, parts)
  plivoAccountRoutes(app, parts)
  describeApi(app)
  return app
}

const privatePaths = ['agents', 'secrets', 'builds', 'properties', 'regions']

/** All tokens of a user, and all keys of an organization, may ask as often together as this many. */
const credentialsAtOnce = 5

interface CredentialParts extends Omit<AuthenticateOptions, 'accepts'> {
  readonly callers: RateLimit
}

function requireCredentials(app: ControlApp, { callers, ...parts }: CredentialParts): void {
  const { store } = parts
  const owner = limitCallers(callers)
  const token = every(authenticate({ ...parts, accepts: ['token'] }), owner)
  const privateKey = every(authenticate({ ...parts, accepts: ['private'] }), owner)
  const publicKey = every(authenticate({ ...parts, accepts: ['public'] }), owner)
  const tokenOrPrivateKey = every(authenticate({ ...parts, accepts: ['token', 'private'] }), owner)
  const ofUsers = ['/v1/users', '/v1/organizations/*', '/v1/offhook/tokens/*', '/v1/offhook/organizations']
  for (const path of ofUsers) app.use(path, token)
  app.use('/v1/organizations/:org/*', enterOrganization(store))
  for (const path of privatePaths) app.use(`/v1/${path}/*`, privateKey, enterOwnOrganization(store))
  app.use('/v1/public/*', publicKey, enterOwnOrganization(store))
  app.use('/v1/offhook/organizations/:org/*', tokenOrPrivateKey, enterOrganization(store))
  app.use('/v1/offhook/organizations/:org/agents/:agentName/deploy', limitUploads())
}
