import { type RawBuilder, sql } from 'kysely'

/** True where the column has the text somewhere, whatever the case of its letters (in SQLite: of A to Z). */
export function containing(column: string, text: string): RawBuilder<boolean> {
  const pattern = `%${text.toLowerCase().replaceAll(/[\\%_]/g, String.raw`\$&`)}%`
  return sql<boolean>`lower(${sql.ref(column)}) like ${pattern} escape '\\'`
}
