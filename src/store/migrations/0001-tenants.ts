import { createTable, type Migration } from './table.ts'

export const tenants: Migration = {
  name: '0001-tenants',
  async up(schema) {
    await createTable(
      schema,
      'organizations',
      { id: 'text', name: 'text', verbose_name: 'text', created_at: 'bigint', updated_at: 'bigint' },
      { primaryKey: ['id'], unique: [['name']] },
    )
    await createTable(
      schema,
      'users',
      { id: 'text', email: 'text', display_name: 'text?', created_at: 'bigint' },
      { primaryKey: ['id'], unique: [['email']] },
    )
    await createTable(
      schema,
      'memberships',
      { organization_id: 'text', user_id: 'text', role: 'text', created_at: 'bigint' },
      {
        primaryKey: ['organization_id', 'user_id'],
        belongsTo: { organization_id: 'organizations', user_id: 'users' },
        indexes: { memberships_of_user: ['user_id'] },
      },
    )
    const credential = {
      id: 'text',
      name: 'text',
      hash: 'text',
      hint: 'text',
      created_at: 'bigint',
      last_used_at: 'bigint?',
      revoked_at: 'bigint?',
    } as const
    await createTable(
      schema,
      'personal_tokens',
      { ...credential, user_id: 'text', expires_at: 'bigint?' },
      {
        primaryKey: ['id'],
        unique: [['hash']],
        belongsTo: { user_id: 'users' },
        indexes: { personal_tokens_of_user: ['user_id'] },
      },
    )
    await createTable(
      schema,
      'api_keys',
      { ...credential, organization_id: 'text', type: 'text', created_by: 'text?' },
      {
        primaryKey: ['id'],
        unique: [['hash']],
        belongsTo: { organization_id: 'organizations' },
        indexes: { api_keys_of_organization: ['organization_id'] },
      },
    )
    await createTable(
      schema,
      'properties',
      { organization_id: 'text', name: 'text', value: 'text' },
      { primaryKey: ['organization_id', 'name'], belongsTo: { organization_id: 'organizations' } },
    )
    await createTable(
      schema,
      'regions',
      { code: 'text', display_name: 'text', created_at: 'bigint' },
      { primaryKey: ['code'] },
    )
    await createTable(
      schema,
      'audit_entries',
      {
        id: 'text',
        organization_id: 'text?',
        actor_type: 'text',
        actor_id: 'text?',
        action: 'text',
        target_type: 'text?',
        target_id: 'text?',
        at: 'bigint',
        data: 'text?',
      },
      {
        primaryKey: ['id'],
        indexes: { audit_entries_of_organization: ['organization_id', 'at'], audit_entries_by_time: ['at'] },
      },
    )
  },
}
