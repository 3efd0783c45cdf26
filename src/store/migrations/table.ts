import type { CreateTableBuilder, SchemaModule } from 'kysely'

export interface Migration {
  readonly name: string
  up(schema: SchemaModule): Promise<void>
}

type ColumnType = 'text' | 'bigint' | 'integer' | 'bytea'

/** `text` must be there, `text?` may be null. SQLite reads any type's name; both databases know these. */
export type Column = ColumnType | `${ColumnType}?`

export interface TableParts {
  readonly primaryKey: readonly string[]
  readonly unique?: readonly (readonly string[])[]
  /** `{ user_id: 'users' }`: rows go with the row that they belong to. */
  readonly belongsTo?: Readonly<Record<string, string>>
  readonly indexes?: Readonly<Record<string, readonly string[]>>
}

/** Makes a table with its keys and indexes. */
export async function createTable(
  schema: SchemaModule,
  name: string,
  columns: Readonly<Record<string, Column>>,
  { primaryKey, unique = [], belongsTo = {}, indexes = {} }: TableParts,
): Promise<void> {
  let table: CreateTableBuilder<string, string> = schema.createTable(name)
  for (const [column, type] of Object.entries(columns)) {
    const optional = type.endsWith('?')
    const dataType = type.replace('?', '') as ColumnType
    table = table.addColumn(column, dataType, (built) => (optional ? built : built.notNull()))
  }
  table = table.addPrimaryKeyConstraint(`${name}_key`, [...primaryKey])
  for (const together of unique) {
    table = table.addUniqueConstraint(`${name}_${together.join('_')}_unique`, [...together])
  }
  for (const [column, parent] of Object.entries(belongsTo)) {
    table = table.addForeignKeyConstraint(`${name}_${column}_belongs`, [column], parent, ['id'], (built) =>
      built.onDelete('cascade'),
    )
  }
  await table.execute()
  for (const [index, indexed] of Object.entries(indexes)) {
    await schema
      .createIndex(index)
      .on(name)
      .columns([...indexed])
      .execute()
  }
}
