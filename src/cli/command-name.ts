import { isCheckout } from './package-files.ts'

/** The command as the user typed it, for what is suggested: `offhook`, `npx offhook` or `npm run offhook --`. */
export function commandName(): string {
  const { npm_command: npmCommand, npm_lifecycle_event: script } = process.env
  if (npmCommand === undefined) return 'offhook'
  return isCheckout && (script === 'offhook' || script === 'start') ? 'npm run offhook --' : 'npx offhook'
}
