import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { assumptionNotes, defaultAssumptions, type AssumptionNote } from '../../src/simulator/index.ts'
import { defaultRestAssumptions, restAssumptionNotes } from '../../src/simulator/rest/assumptions.ts'

const path = fileURLToPath(new URL('../../docs/conformance.md', import.meta.url))
const marker = '<!-- generated -->\n'

/** Columns are padded as the formatter does it. */
function table(notes: Readonly<Record<string, AssumptionNote>>, defaults: object): string {
  const rows = Object.entries(notes).map(([name, { source, about }]) => [
    `\`${name}\``,
    `\`${JSON.stringify(Reflect.get(defaults, name))}\``,
    source,
    about,
  ])
  const all = [['Option', 'Default', 'Source', 'What it decides'], ...rows]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |\n`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |\n`
  return [line(all[0] ?? []), rule, ...rows.map(line)].join('')
}

test('the document names every assumption, with its option and its default', async () => {
  const [prose = ''] = (await readFile(path, 'utf8')).split(marker)
  const calls = `### Of calls\n\n${table(assumptionNotes, defaultAssumptions)}`
  const rest = `### Of the REST API\n\n${table(restAssumptionNotes, defaultRestAssumptions)}`
  await expect(`${prose}${marker}\n${calls}\n${rest}`).toMatchFileSnapshot(path)
})
