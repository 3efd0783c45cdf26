import type { ApiKey, User } from '../store/schema/tenants.ts'

/** Whoever asks: a user with a personal access token, or a program with a key of an organization. */
export type Caller =
  | { readonly kind: 'user'; readonly user: User; readonly tokenId: string }
  | { readonly kind: 'key'; readonly key: ApiKey }
