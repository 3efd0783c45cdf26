import { randomUUID } from 'node:crypto'
import type { Context } from './context.ts'
import { hashOf, newCredential } from './credential.ts'
import type { Database } from './databases.ts'
import type { LoginTokenKind } from './schema/accounts.ts'
import type { User } from './schema/tenants.ts'

/** What a code was asked for: it is good for nothing else. */
export interface CodeRequest {
  readonly clientId: string
  readonly redirectUri: string
  /** base64url of the SHA-256 of what only the program knows that asked. */
  readonly codeChallenge: string
}

/** What a program uses in place of a personal access token. */
export interface LoginTokens {
  readonly access: string
  readonly refresh: string
  /** Of the access token. */
  readonly expiresInSeconds: number
}

/** Somebody whose browser is logged in, by the token that was used for it. */
export interface BrowserLogin {
  readonly user: User
  readonly tokenId: string
}

const [minuteMs, hourMs, dayMs] = [60_000, 3_600_000, 86_400_000]
const lifetimesMs: Readonly<Record<LoginTokenKind, number>> = {
  browser: 12 * hourMs,
  code: 2 * minuteMs,
  access: hourMs,
  refresh: 30 * dayMs,
}
const prefixes = { browser: 'obr_', code: 'oac_', access: 'oat_', refresh: 'ort_' } as const

/** A program that asks twice at the same moment, or whose answer was lost, may use a refresh token again for so long. */
const graceMs = minuteMs

/**
 * Log-ins with a browser. Whoever has a personal access token gets others in its place, which pass and are renewed; all of one
 * log-in hang on one entry of the user's list of tokens, and that one on the token that it began with: what is revoked there
 * ends here.
 */
export class Logins {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  /** Remembers a browser, for half a day; gives what it keeps as a cookie. */
  async rememberBrowser(tokenId: string): Promise<string> {
    return this.#issue(this.#main, 'browser', tokenId)
  }

  async findBrowser(secret: string): Promise<BrowserLogin | undefined> {
    const found = await this.#find(this.#main, 'browser', secret)
    return found && { user: found.user, tokenId: found.tokenId }
  }

  /** A code for a program that a user lets in. It is good once, for two minutes. */
  async createCode(tokenId: string, request: CodeRequest): Promise<string> {
    return this.#issue(this.#main, 'code', tokenId, JSON.stringify(request))
  }

  /** Undefined: the code is unknown, used or over, or was asked for by another. Whatever it is, it is used now. */
  async redeemCode(code: string, fits: (request: CodeRequest) => boolean): Promise<LoginTokens | undefined> {
    return this.#main.transaction().execute(async (transaction) => {
      const found = await this.#find(transaction, 'code', code)
      if (!found || found.usedAt !== null || !(await this.#use(transaction, found.id))) return undefined
      if (!fits(JSON.parse(found.data ?? '{}') as CodeRequest)) return undefined
      const now = this.#context.clock.now()
      const login = await transaction
        .insertInto('personalTokens')
        .values({
          id: randomUUID(),
          userId: found.user.id,
          name: 'log-in with a browser',
          // Nobody has the token of this hash: the log-in has others.
          hash: hashOf(randomUUID()),
          hint: '',
          createdAt: now,
          expiresAt: Math.min(now + lifetimesMs.refresh, found.expiresAt ?? Number.POSITIVE_INFINITY),
          parentId: found.tokenId,
        })
        .returning('id')
        .executeTakeFirstOrThrow()
      return this.#pair(transaction, login.id)
    })
  }

  /** New tokens for the ones before. A refresh token that was used long ago was stolen: the whole log-in ends. */
  async refresh(refreshToken: string): Promise<LoginTokens | undefined> {
    const now = this.#context.clock.now()
    return this.#main.transaction().execute(async (transaction) => {
      const found = await this.#find(transaction, 'refresh', refreshToken)
      if (!found) return undefined
      if (found.usedAt !== null && now - found.usedAt > graceMs) {
        await this.#end(transaction, found.tokenId)
        return undefined
      }
      if (found.usedAt === null) await this.#use(transaction, found.id)
      await this.#prolong(transaction, found.tokenId, now)
      return this.#pair(transaction, found.tokenId)
    })
  }

  /** Whose access token it is, and the entry of the list of tokens that it hangs on. */
  async verify(accessToken: string): Promise<BrowserLogin | undefined> {
    const found = await this.#find(this.#main, 'access', accessToken)
    return found && { user: found.user, tokenId: found.tokenId }
  }

  /** Ends the log-in of a refresh token, if it is the user's. */
  async end(userId: string, refreshToken: string): Promise<void> {
    const found = await this.#find(this.#main, 'refresh', refreshToken)
    if (found?.user.id === userId) await this.#end(this.#main, found.tokenId)
  }

  async #pair(database: Database, tokenId: string): Promise<LoginTokens> {
    return {
      access: await this.#issue(database, 'access', tokenId),
      refresh: await this.#issue(database, 'refresh', tokenId),
      expiresInSeconds: lifetimesMs.access / 1000,
    }
  }

  async #issue(database: Database, kind: LoginTokenKind, tokenId: string, data: string | null = null): Promise<string> {
    const { secret, hash } = newCredential(prefixes[kind])
    const createdAt = this.#context.clock.now()
    const expiresAt = createdAt + lifetimesMs[kind]
    await database
      .insertInto('loginTokens')
      .values({ id: randomUUID(), kind, tokenId, hash, data, createdAt, expiresAt })
      .execute()
    return secret
  }

  /** `expiresAt` is that of the personal token. Undefined also when that one is revoked or over. */
  async #find(database: Database, kind: LoginTokenKind, secret: string) {
    const now = this.#context.clock.now()
    const row = await database
      .selectFrom('loginTokens')
      .innerJoin('personalTokens', 'personalTokens.id', 'loginTokens.tokenId')
      .innerJoin('users', 'users.id', 'personalTokens.userId')
      .selectAll('users')
      .select(['loginTokens.id as loginId', 'tokenId', 'data', 'usedAt', 'personalTokens.expiresAt'])
      .where('loginTokens.hash', '=', hashOf(secret))
      .where('kind', '=', kind)
      .where('loginTokens.expiresAt', '>', now)
      .where('revokedAt', 'is', null)
      .where((row) => row.or([row('personalTokens.expiresAt', 'is', null), row('personalTokens.expiresAt', '>', now)]))
      .executeTakeFirst()
    if (!row) return undefined
    const { loginId, tokenId, data, usedAt, expiresAt, ...user } = row
    return { id: loginId, tokenId, data, usedAt, expiresAt, user }
  }

  /** False: somebody else has used it in the meantime. */
  async #use(database: Database, id: string): Promise<boolean> {
    const row = await database
      .updateTable('loginTokens')
      .set({ usedAt: this.#context.clock.now() })
      .where('id', '=', id)
      .where('usedAt', 'is', null)
      .returning('id')
      .executeTakeFirst()
    return row !== undefined
  }

  /** A log-in that is used stays good, but no longer than the token that it began with. */
  async #prolong(database: Database, tokenId: string, now: number): Promise<void> {
    const parent = await database
      .selectFrom('personalTokens as login')
      .innerJoin('personalTokens as parent', 'parent.id', 'login.parentId')
      .select('parent.expiresAt')
      .where('login.id', '=', tokenId)
      .executeTakeFirst()
    const expiresAt = Math.min(now + lifetimesMs.refresh, parent?.expiresAt ?? Number.POSITIVE_INFINITY)
    await database.updateTable('personalTokens').set({ expiresAt, lastUsedAt: now }).where('id', '=', tokenId).execute()
  }

  async #end(database: Database, tokenId: string): Promise<void> {
    await database
      .updateTable('personalTokens')
      .set({ revokedAt: this.#context.clock.now() })
      .where('id', '=', tokenId)
      .execute()
  }

  get #main() {
    return this.#context.databases.main
  }
}
