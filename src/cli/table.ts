import { harmless, paint, widthOf } from './terminal.ts'

/** Titles and notes are written by whoever likes to. */
const inCell = (text: string) => harmless(text).replaceAll('\n', '\\n')

/** Columns for people to read: what is empty shows as a dash. */
export function formatTable(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const filled = rows.map((row) => row.map((cell) => inCell(cell) || '–'))
  const widths = headers.map((header, at) => Math.max(header.length, ...filled.map((row) => widthOf(row[at] ?? ''))))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => cell + ' '.repeat(Math.max(0, (widths[at] ?? 0) - widthOf(cell))))
      .join('  ')
      .trimEnd()
  return [paint('bold', line(headers)), ...filled.map(line)].join('\n')
}

/** One thing's fields, one below the other. Those without a value are left out. */
export function formatFields(fields: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined && value !== '')
  const width = Math.max(...given.map(([name]) => name.length))
  return given.map(([name, value]) => `${paint('dim', name.padEnd(width))}  ${harmless(value ?? '')}`).join('\n')
}

/** `2026-01-01 12:30:05`, in UTC. */
export const timeText = (iso: string | null): string => (iso === null ? '' : iso.slice(0, 19).replace('T', ' '))

export const sizeText = (bytes: number): string =>
  bytes < 100_000 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`
