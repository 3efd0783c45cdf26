/**
 * The process that runs a bot. Its node gives it a connection as file descriptor 3 and the bundle's path as the only
 * argument, and takes it away by closing the connection.
 */
import { flushCompileCache } from 'node:module'
import { Socket } from 'node:net'
import { pathToFileURL } from 'node:url'
import { systemClock } from '../../lib/clock.ts'
import { Host } from './host.ts'
import { isBot } from './is-bot.ts'

const [, , bundle] = process.argv
if (bundle === undefined) throw new Error('the path of the bot is missing')

process.setSourceMapsEnabled(true)
const connection = new Socket({ fd: 3 })
// The node is gone, or wants this process gone.
connection.on('close', () => process.exit(0))
connection.on('error', () => process.exit(0))

const module = (await import(pathToFileURL(bundle).href)) as { default?: unknown }
if (!isBot(module.default)) {
  throw new TypeError('the bot file has no bot: write `export default defineBot(async (call) => { … })`')
}
const host = new Host({ bot: module.default, connection, clock: systemClock })
// A bot that prints why and exits is heard.
process.on('exit', () => host.flush())
await host.start()
// Now, because a process that is killed leaves nothing behind.
flushCompileCache()
