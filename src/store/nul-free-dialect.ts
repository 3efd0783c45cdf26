import { PostgresDialect, PostgresQueryCompiler } from 'kysely'

/** PostgreSQL refuses text with the character NUL, which SQLite takes: here it is left out. Whoever looks for it finds nothing. */
export class NulFreeDialect extends PostgresDialect {
  override createQueryCompiler(): PostgresQueryCompiler {
    return new NulFreeCompiler()
  }
}

class NulFreeCompiler extends PostgresQueryCompiler {
  protected override appendValue(value: unknown): void {
    super.appendValue(typeof value === 'string' ? value.replaceAll('\0', '') : value)
  }
}
