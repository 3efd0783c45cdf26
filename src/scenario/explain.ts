import { type AssumptionRow, callAssumptionRows, restAssumptionRows } from './assumption-values.ts'

/** All that the simulator assumes of Plivo, as a table for people. */
export function explainAssumptions(): string {
  return [
    'What Plivo does where no source says so, or where sources disagree. Each is an option:',
    '  offhook simulator --assume streamCloseCode=1001          of the server',
    '  assumptions: { streamCloseCode: 1001 }                   in a scenario, those of calls',
    '',
    'During calls',
    ...table(callAssumptionRows),
    '',
    'In the REST API',
    ...table(restAssumptionRows),
    '',
    '"Source" is a section of the Plivo reference that docs/plivo.md follows, or one of its contradictions (C-…).',
  ].join('\n')
}

export const assumptionList = (): readonly AssumptionRow[] => [...callAssumptionRows, ...restAssumptionRows]

function table(rows: readonly AssumptionRow[]): string[] {
  const cells = rows.map((row) => [row.name, valuesOf(row), row.source, row.about])
  const all = [['Name', 'Default, others', 'Source', 'Decides'], ...cells]
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  return all.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd())
}

/** The default first. */
function valuesOf(row: AssumptionRow): string {
  const others = row.choices?.filter((choice) => choice !== row.default) ?? []
  return [row.default, ...others].map((value) => (value === '' ? '""' : String(value))).join(', ')
}
