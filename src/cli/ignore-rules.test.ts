import { describe, expect, test } from 'vitest'
import { IgnoreRules } from './ignore-rules.ts'

const ignores = (text: string, path: string, isFolder = false) => new IgnoreRules(text).ignores(path, isFolder)

describe('the rules of what stays at home', () => {
  test.each(['.git', '.venv', 'node_modules', 'src/__pycache__', 'web/node_modules'])('%s does', (path) => {
    expect(ignores('', path, true)).toBe(true)
  })

  test.each(['.env', '.env.local', 'deep/.env', 'a.pyc', '.DS_Store'])('%s does', (path) => {
    expect(ignores('', path)).toBe(true)
  })

  test.each(['bot.py', 'prompts/a.wav', 'environment', '.python-version', 'my.env.py'])('%s goes along', (path) => {
    expect(ignores('', path)).toBe(false)
  })

  test.each([
    ['*.wav', 'deep/a.wav', true],
    ['*.wav', 'a.wav.txt', false],
    ['/data', 'data', true],
    ['/data', 'src/data', false],
    ['src/*.md', 'src/a.md', true],
    ['src/*.md', 'src/b/a.md', false],
    ['src/**/*.md', 'src/b/c/a.md', true],
    ['docs/**', 'docs/a/b', true],
    ['a?c.txt', 'abc.txt', true],
    ['a+(b).txt', 'a+(b).txt', true],
    ['# *.py', 'bot.py', false],
  ])('the line %s, and %s', (line, path, expected) => {
    expect(ignores(line, path)).toBe(expected)
  })

  test('a folder rule does not meet a file of that name', () => {
    expect(ignores('build/', 'build')).toBe(false)
    expect(ignores('build/', 'build', true)).toBe(true)
  })

  test('a line with ! takes back what an earlier one says, and never for secrets', () => {
    expect(ignores('!node_modules/', 'node_modules', true)).toBe(false)
    expect(ignores('*.txt\n!keep.txt', 'keep.txt')).toBe(false)
    expect(ignores('!.env', '.env')).toBe(true)
  })
})
