import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const names = /\b(?:OFFHOOK_[A-Z_]+[A-Z]|PLIVO_(?:AUTH_ID|AUTH_TOKEN|API_URL)|DATABASE_URL|DOCKER_HOST)\b/g
const namesIn = (text: string): readonly string[] => [...new Set(text.match(names))].toSorted()

test('docs/settings.md has every variable that the code reads, and no other', () => {
  const code = ['src/config.ts', ...globSync('src/cli/**/*.ts')].map((path) => readFileSync(path, 'utf8')).join('\n')
  expect(namesIn(readFileSync('docs/settings.md', 'utf8'))).toEqual(namesIn(code))
})

test('the README names no variable that there is not', () => {
  const known = namesIn(readFileSync('docs/settings.md', 'utf8'))
  expect(namesIn(readFileSync('README.md', 'utf8')).filter((name) => !known.includes(name))).toEqual([])
})
