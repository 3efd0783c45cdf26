import { failed, type Parsed, parsed } from '../../lib/parsed.ts'

/** What a column can hold. */
type Value = string | number | null | Uint8Array

export type Row = Readonly<Record<string, Value>>

/** The first line of a backup. */
export interface BackupHeader {
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  /** Those that made the tables that the rows came from. */
  readonly migrations: readonly string[]
}

const format = 1

export const encodeHeader = ({ createdAt, migrations }: BackupHeader): string =>
  `${JSON.stringify({ offhookBackup: format, createdAt, migrations })}\n`

/** Bytes are written as `{"base64": "…"}`. */
export function encodeRow(table: string, row: Row): string {
  const columns = Object.entries(row).map(([column, value]) => [
    column,
    value instanceof Uint8Array ? { base64: Buffer.from(value).toString('base64') } : value,
  ])
  return `${oneLine(JSON.stringify([table, Object.fromEntries(columns)]))}\n`
}

/** JSON leaves two characters in strings that end a line for whoever reads lines. */
const oneLine = (json: string): string => json.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')

/** The last line: without it, the file was cut off. `rows`: how many are before it. */
export const encodeEnd = (rows: number): string => `${JSON.stringify({ rows })}\n`

export function parseHeader(line: string): Parsed<BackupHeader> {
  const header = parseJson(line)
  if (!isRecord(header) || header['offhookBackup'] !== format) return failed('', 'this is no backup of Offhook')
  const { createdAt, migrations } = header
  if (typeof createdAt !== 'number') return failed('createdAt', 'is missing')
  if (!Array.isArray(migrations)) return failed('migrations', 'is missing')
  return parsed({ createdAt, migrations: migrations.map(String) })
}

export interface TableRow {
  readonly table: string
  readonly row: Row
}

/** A line behind the header: a row, or the end. */
export function parseLine(line: string): Parsed<TableRow | { readonly rows: number }> {
  const content = parseJson(line)
  if (isRecord(content) && typeof content['rows'] === 'number') return parsed({ rows: content['rows'] })
  if (!Array.isArray(content)) return failed('', 'a line of the backup is damaged')
  const [table, columns] = content as unknown[]
  if (typeof table !== 'string' || !isRecord(columns)) return failed('', 'a line of the backup is damaged')
  const row: Record<string, Value> = {}
  for (const [column, content] of Object.entries(columns)) {
    const value = toValue(content)
    if (value === undefined || !/^[a-z_]+$/.test(column)) return failed(`${table}.${column}`, 'is damaged')
    row[column] = value
  }
  return parsed({ table, row })
}

function toValue(content: unknown): Value | undefined {
  if (content === null || typeof content === 'string' || typeof content === 'number') return content
  if (!isRecord(content) || typeof content['base64'] !== 'string') return undefined
  return Buffer.from(content['base64'], 'base64')
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
