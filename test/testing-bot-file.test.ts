import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { mkdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { dialBot } from '../src/testing/index.ts'
import { TemporaryFolder } from './support/temporary-folder.ts'

let folder: TemporaryFolder
beforeEach(async () => {
  folder = await TemporaryFolder.create()
})
afterEach(() => folder[Symbol.asyncDispose]())

/** Writes a file of the bot's, and gives its path. */
async function write(name: string, source: string): Promise<string> {
  const path = join(folder.path, name)
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(path, source)
  return path
}

const tones = `
  export enum Tone { Low = 500, High = 1000 }
  export const wave = (tone: Tone) =>
    Int16Array.from({ length: 8000 }, (_, i) => 8000 * Math.sin((2 * Math.PI * tone * i) / 8000))`

const bot = (tone: string) => `
  import { defineBot } from 'offhook'
  import { Tone, wave } from './lib/tones'

  export default defineBot(async (call) => {
    await call.play(wave(Tone.${tone}), { sampleRateHz: 8000 })
  })`

const errorOf = (promise: Promise<unknown>) =>
  promise.then(
    () => new Error('nothing was thrown'),
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  )

test('a bot file may have enums and imports without extension, as when it is served', async () => {
  await write('lib/tones.ts', tones)
  await using call = await dialBot(await write('bot.ts', bot('High')))
  await call.hearsTone(1000, { forMs: 500 })
  await call.hangsUpBy('bot')
})

test('a file that stays as it is is imported and warmed once; one that was saved, or whose imports were, again', async () => {
  vi.stubGlobal('started', [])
  const counting = `
    import { defineBot } from 'offhook'
    import { name } from './name'
    started.push('imported ' + name)
    export default defineBot({ onCall: () => undefined, prewarm: () => void started.push('warmed ' + name) })`
  await write('name.ts', `export const name: string = 'one'`)
  const path = await write('bot.ts', counting)
  const started = () => Reflect.get(globalThis, 'started') as unknown
  await Promise.all([dialBot(path), dialBot(path)].map(async (call) => (await call)[Symbol.asyncDispose]()))
  await (await dialBot(path))[Symbol.asyncDispose]()
  expect(started()).toEqual(['imported one', 'warmed one'])

  const imported = await write('name.ts', `export const name: string = 'two'`)
  await utimes(imported, new Date(), new Date(Date.now() + 2000))
  await (await dialBot(path))[Symbol.asyncDispose]()
  expect(started()).toEqual(['imported one', 'warmed one', 'imported two', 'warmed two'])
  vi.unstubAllGlobals()
})

test('nothing of the bundle is left on the disk', async () => {
  await write('lib/tones.ts', tones)
  vi.stubEnv('TMPDIR', folder.path)
  await using call = await dialBot(await write('bot.ts', bot('Low')))
  await errorOf(dialBot(await write('broken.ts', 'export default {')))
  await errorOf(dialBot(await write('throwing.ts', `throw new Error('no')`)))
  vi.unstubAllEnvs()
  expect(readdirSync(folder.path).toSorted()).toEqual(['bot.ts', 'broken.ts', 'lib', 'throwing.ts'])
  await call.hearsTone(500)
})

test('a bundled module finds the files beside it by its own location', async () => {
  const path = await write(
    'bot.ts',
    `import { readFileSync } from 'node:fs'
     import { defineBot } from 'offhook'
     export default defineBot(() => {
       throw new Error(readFileSync(new URL('./note.txt', import.meta.url), 'utf8'))
     })`,
  )
  await write('note.txt', 'found beside')
  await using call = await dialBot(path)
  expect((await call.hangsUpBy('error')).reason).toContain('found beside')
})

describe('an error names file and line of the source', () => {
  const help = `interface Dish { readonly name: string }


    export function cook(dish: Dish): never {
      throw new Error('the oven is cold', { cause: new Error('no gas for ' + dish.name) })
    }`

  test('when the bot throws in a call', async () => {
    const helper = await write('cook.ts', help)
    const path = await write(
      'bot.ts',
      `import { cook } from './cook'
       interface Unused { readonly nothing: never }
       export default { onCall: async () => cook({ name: 'pizza' }) }`,
    )
    await using call = await dialBot(path)
    const { reason } = await call.hangsUpBy('error')
    expect(reason).toMatch(/^the bot threw: Error: the oven is cold\n/)
    expect(reason).toContain(`${helper}:5:13`)
    expect(reason).toContain(`${path}:3:`)
    expect(reason).not.toContain('.mjs')
  })

  test('when it throws while it is imported, or warmed up', async () => {
    const helper = await write('cook.ts', help)
    const importing = await write('import.ts', `import { cook } from './cook'\ninterface X {}\ncook({ name: 'soup' })`)
    const warming = await write(
      'warm.ts',
      `import { cook } from './cook'\nexport default { onCall() {}, prewarm: () => cook({ name: 'soup' }) }`,
    )
    const [first, second] = [await errorOf(dialBot(importing)), await errorOf(dialBot(warming))]
    expect(first.stack).toContain(`${helper}:5:13`)
    expect(first.stack).toContain(`${importing}:3:1`)
    expect(second.stack).toContain(`${helper}:5:13`)
    expect(second.stack).toContain(`${warming}:2:`)
  })

  test('when it cannot be bundled', async () => {
    const broken = await errorOf(dialBot(await write('broken.ts', `const a = 1\nexport default {\n`)))
    expect(broken).toMatchObject({ name: 'BundleError', message: expect.stringMatching(/broken\.ts:3:0/) })
    const lonely = await errorOf(dialBot(await write('lonely.ts', `import { x } from './nowhere'\nexport default x`)))
    expect(lonely.message).toMatch(/Could not resolve "\.\/nowhere"/)
    expect(lonely.message).toMatch(/lonely\.ts:1:18/)
    expect((await errorOf(dialBot(join(folder.path, 'nothing.ts')))).message).toContain('nothing.ts')
  })
})

test('outside of a test runner too, an error that the bot prints names its source', async () => {
  const path = await write(
    'bot.ts',
    `import { defineBot } from 'offhook'
     interface Unused { readonly nothing: never }
     export default defineBot(() => console.log(new Error('printed').stack))`,
  )
  const testing = new URL('../src/testing/index.ts', import.meta.url).href
  const script = `const { dialBot } = await import('${testing}')
    await using call = await dialBot('${path}')
    await call.hangsUpBy('bot')`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
  expect(stdout).toContain(`${path}:3:`)
})
