/** The store as the rest of the code sees it. */
export { openStore, restoreStore, type Store, type StoreLocation, type StoreOptions } from './open-store.ts'
export { type DatabaseInspection, inspectDatabase } from './inspect-database.ts'
export { readSecretKey } from './secrets/read-secret-key.ts'
export type { Agent } from './schema/agents.ts'
export type { Recording } from './schema/calls.ts'
export type { Organization } from './schema/tenants.ts'
export { isConflict, StoreError } from './store-error.ts'
export type { Version, VersionSpec } from './version.ts'
