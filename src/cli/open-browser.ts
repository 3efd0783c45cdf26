import { spawn } from 'node:child_process'

const openers: Readonly<Partial<Record<NodeJS.Platform, string>>> = { darwin: 'open', win32: 'explorer' }

/** Tries to show a page in the user's browser (`BROWSER`, or what the system has). Whether it did, nobody can tell. */
export function openBrowser(url: string): void {
  const command = process.env['BROWSER'] || (openers[process.platform] ?? 'xdg-open')
  const child = spawn(command, [url], { stdio: 'ignore', detached: true })
  // There is none: the user has the address on the screen.
  child.on('error', () => {})
  child.unref()
}
