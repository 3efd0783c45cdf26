export interface BackedUpTable {
  readonly name: string
  /** The columns of its primary key. */
  readonly key: readonly string[]
}

/** Of a table, to be read or written: files of versions may have 40 MB each. */
export const rowsAtOnce = (table: string): number => (table === 'version_files' ? 4 : 500)

/** Every table but `migrations`, those that others belong to first. */
export const backedUpTables: readonly BackedUpTable[] = [
  { name: 'regions', key: ['code'] },
  { name: 'organizations', key: ['id'] },
  { name: 'users', key: ['id'] },
  { name: 'memberships', key: ['organization_id', 'user_id'] },
  { name: 'personal_tokens', key: ['id'] },
  { name: 'api_keys', key: ['id'] },
  { name: 'properties', key: ['organization_id', 'name'] },
  { name: 'audit_entries', key: ['id'] },
  { name: 'sealed_values', key: ['organization_id', 'name'] },
  { name: 'invitations', key: ['id'] },
  { name: 'login_tokens', key: ['id'] },
  { name: 'webhook_endpoints', key: ['id'] },
  { name: 'webhook_deliveries', key: ['id'] },
  { name: 'agents', key: ['id'] },
  { name: 'versions', key: ['id'] },
  { name: 'version_files', key: ['version_id', 'path'] },
  { name: 'secret_sets', key: ['id'] },
  { name: 'secret_values', key: ['set_id', 'name'] },
  { name: 'uploads', key: ['id'] },
  { name: 'builds', key: ['id'] },
  { name: 'build_logs', key: ['id'] },
  { name: 'calls', key: ['organization_id', 'id'] },
  { name: 'sessions', key: ['id'] },
  { name: 'session_events', key: ['id'] },
  { name: 'log_lines', key: ['id'] },
  { name: 'recordings', key: ['id'] },
  { name: 'messages', key: ['id'] },
  { name: 'placements', key: ['organization_id', 'call_id'] },
  { name: 'used_tickets', key: ['organization_id', 'nonce'] },
]
