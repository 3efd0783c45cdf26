import { basename, dirname, resolve } from 'node:path'

/** Says nothing about what the bot does. */
const plainStems = new Set(['bot', 'index', 'main'])

/** Lower-case letters, digits and dashes; empty when nothing of that is in the text. */
export const slugOf = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')

/** Name of an agent that nobody named: that of its file, or of its folder when the file says nothing. */
export function agentNameOf(file: string): string {
  const stem = basename(file).replace(/\.[^.]+$/, '')
  return slugOf(plainStems.has(stem) ? basename(dirname(resolve(file))) : stem) || 'bot'
}
