import { describe, expect, test } from 'vitest'
import { commandWords } from './command-words.ts'

const words = (text: string) => commandWords(text, 'command')

describe('a command line', () => {
  test.each([
    ['python bot.py', ['python', 'bot.py']],
    ['  python   bot.py  ', ['python', 'bot.py']],
    [`bot --say "good morning" 'it''s' a\\ b`, ['bot', '--say', 'good morning', 'its', 'a b']],
    ['bot ""', ['bot', '']],
    [
      'uvicorn bot:app --port $PORT --url http://x/${PORT}',
      ['uvicorn', 'bot:app', '--port', '$PORT', '--url', 'http://x/${PORT}'],
    ],
    [`bot '$HOME | x' "a \\"b\\""`, ['bot', '$HOME | x', 'a "b"']],
  ])('%s has its words', (text, expected) => {
    expect(words(text)).toEqual(expected)
  })

  test.each([
    'cd src && python bot.py',
    'bot > log',
    'bot $HOME',
    'bot "$HOME"',
    'bot *.py',
    'bot | tee log',
    '$PORTS',
  ])('%s needs a shell, and is refused with the way to get one', (text) => {
    expect(() => words(text)).toThrow(/no shell reads it.*command = \["sh", "-c", /)
  })

  test('with an open quote, or with nothing in it, is refused', () => {
    expect(() => words('bot "a')).toThrow('a quote in bot "a is not closed')
    expect(() => words('  ')).toThrow('command names no program')
  })
})
