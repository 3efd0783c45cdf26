import { createTable, type Migration } from './table.ts'

export const accounts: Migration = {
  name: '0005-accounts',
  async up(schema) {
    await createTable(
      schema,
      'sealed_values',
      { organization_id: 'text', name: 'text', key_id: 'text', sealed: 'text' },
      { primaryKey: ['organization_id', 'name'], belongsTo: { organization_id: 'organizations' } },
    )
    await createTable(
      schema,
      'invitations',
      {
        id: 'text',
        organization_id: 'text',
        email: 'text',
        role: 'text',
        hash: 'text',
        invited_by: 'text?',
        created_at: 'bigint',
        expires_at: 'bigint',
        accepted_at: 'bigint?',
        revoked_at: 'bigint?',
      },
      {
        primaryKey: ['id'],
        unique: [['hash']],
        belongsTo: { organization_id: 'organizations' },
        indexes: { invitations_of_organization: ['organization_id'], invitations_by_expiry: ['expires_at'] },
      },
    )
    // The token that somebody logged in with: what came of it ends with it.
    await schema.alterTable('personal_tokens').addColumn('parent_id', 'text').execute()
    await schema.createIndex('personal_tokens_of_parent').on('personal_tokens').column('parent_id').execute()
    await createTable(
      schema,
      'login_tokens',
      {
        id: 'text',
        kind: 'text',
        token_id: 'text',
        hash: 'text',
        data: 'text?',
        created_at: 'bigint',
        expires_at: 'bigint',
        used_at: 'bigint?',
      },
      {
        primaryKey: ['id'],
        unique: [['hash']],
        belongsTo: { token_id: 'personal_tokens' },
        indexes: { login_tokens_of_token: ['token_id'], login_tokens_by_expiry: ['expires_at'] },
      },
    )
  },
}
