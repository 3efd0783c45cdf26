import type { Context, MiddlewareHandler } from 'hono'
import type { Store } from '../store/store.ts'
import { addressOf } from './address-of.ts'
import { refuseHaste, unauthorized } from './api-error.ts'
import type { Caller } from './caller.ts'
import type { ControlEnv } from './control-env.ts'
import type { FailedAttempts } from './failed-attempts.ts'
import type { RateLimit } from './rate-limit.ts'

type CredentialKind = 'token' | 'private' | 'public'

/** Far longer than ours; what it refuses need not be remembered for the rate limit. */
const longestCredential = 512

const names: Readonly<Record<CredentialKind, string>> = {
  token: 'a personal access token (pcc_pat_…)',
  private: 'a private API key',
  public: 'a public API key (pk_…)',
}

export interface AuthenticateOptions {
  readonly store: Store
  readonly limit: RateLimit
  readonly failures: FailedAttempts
  readonly accepts: readonly CredentialKind[]
}

/**
 * Finds out who asks, or refuses with 401; with 429 when a credential is used too often, or an address has failed too often.
 */
export function authenticate(options: AuthenticateOptions): MiddlewareHandler<ControlEnv> {
  const wanted = options.accepts.map((kind) => names[kind]).join(' or ')
  return async (context, next) => {
    const { limit, failures } = options
    const address = addressOf(context)
    const credential = bearerOf(context)
    failures.refuse(address, credential)
    if (credential === undefined) {
      failures.add(address)
      throw unauthorized(`This path needs ${wanted} as a bearer token.`)
    }
    refuseHaste(limit.take(credential))
    const caller = await identify(options, credential)
    if (!caller) {
      failures.add(address, credential)
      throw unauthorized(`The credential is unknown, revoked or of another kind: this path takes ${wanted}.`)
    }
    failures.succeeded(credential)
    context.set('caller', caller)
    await next()
  }
}

/** Undefined: there is none, or none that could be ours. */
export function bearerOf(context: Context<ControlEnv>): string | undefined {
  const credential = /^Bearer +(\S+) *$/i.exec(context.req.header('authorization') ?? '')?.[1]
  return credential === undefined || credential.length > longestCredential ? undefined : credential
}

export async function identify(
  { store, accepts }: Pick<AuthenticateOptions, 'store' | 'accepts'>,
  credential: string,
): Promise<Caller | undefined> {
  for (const kind of accepts) {
    if (kind === 'token') {
      const verified = (await store.tokens.verify(credential)) ?? (await store.logins.verify(credential))
      if (verified) return { kind: 'user', ...verified }
    } else {
      const key = await store.keys.verify(credential, kind)
      if (key) return { kind: 'key', key }
    }
  }
  return undefined
}
