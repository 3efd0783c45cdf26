import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'

/**
 * Who may import whom: folders (or single files) of `src`, then npm packages. A new dependency is one changed line here.
 */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'server.ts': ['gateway', 'sessions', 'runtime', 'audio', 'lib'],
  'config.ts': [],
  platform: [
    'npm:prom-client',
    'npm:@opentelemetry/api',
    'npm:@opentelemetry/sdk-trace-base',
    'npm:@opentelemetry/resources',
    'npm:@opentelemetry/exporter-trace-otlp-http',
    'server.ts',
    'control',
    'store',
    'sessions',
    'runtime',
    'lib',
  ],
  doctor: [
    'store',
    'plivo',
    'gateway/certificate-files.ts',
    'gateway/node-proof.ts',
    'runtime/containers/engine-address.ts',
    'config.ts',
    'lib',
  ],
  cli: [
    'doctor',
    'platform',
    'store',
    'control/contract',
    'control/client.ts',
    'control/defined.ts',
    'server.ts',
    'config.ts',
    'simulator',
    'scenario',
    'runtime/bundle.ts',
    'runtime/bot-code.ts',
    'audio',
    'lib',
    'npm:commander',
    'npm:pino',
    'npm:smol-toml',
  ],
  gateway: ['sessions', 'plivo', 'audio', 'lib', 'npm:hono', 'npm:@hono/node-server', 'npm:ws'],
  control: [
    'sessions',
    'runtime/proxied-request.ts',
    'runtime/profile.ts',
    'store',
    'lib',
    'npm:hono',
    'npm:@hono/node-server',
    'npm:@hono/zod-openapi',
  ],
  sessions: ['runtime', 'plivo', 'audio', 'sdk/protocol.ts', 'sdk/control.ts', 'lib'],
  runtime: [
    'sdk/protocol.ts',
    'sdk/frames.ts',
    'sdk/wire.ts',
    'sdk/ask.ts',
    'sdk/socket-channel.ts',
    'lib',
    'npm:ws',
    'npm:esbuild',
    'npm:dockerode',
  ],
  store: ['lib', 'npm:kysely', 'npm:pg'],
  simulator: [
    'plivo',
    'audio',
    'lib',
    'npm:ws',
    'npm:saxes',
    'npm:hono',
    'npm:@hono/node-server',
    'npm:mpg123-decoder',
  ],
  scenario: ['testing', 'simulator', 'audio', 'lib', 'npm:yaml'],
  testing: [
    'simulator',
    'gateway',
    'sessions',
    'runtime/bundle.ts',
    'runtime/link.ts',
    'runtime/pool/pool.ts',
    'runtime/pool/start-gate.ts',
    'sdk',
    'audio',
    'plivo',
    'lib',
  ],
  sdk: ['audio', 'lib/clock.ts'],
  plivo: ['lib'],
  audio: [],
  lib: [],
}

const sources = globSync('src/**/*.ts').filter((path) => !path.endsWith('.test.ts'))
const layerOf = (path: string) => path.split('/')[1] ?? ''

function importsOf(path: string): string[] {
  const source = readFileSync(path, 'utf8')
  return [...source.matchAll(/(?<!['\w.])(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, specifier]) => specifier ?? '')
}

/** `lib/clock.ts` for our own, `npm:ws` for packages, undefined for what comes with Node.js. */
function targetOf(path: string, specifier: string): string | undefined {
  if (specifier.startsWith('node:')) return undefined
  if (specifier.startsWith('.')) return normalize(join(dirname(path), specifier)).replace(/^src\//, '')
  return `npm:${specifier.startsWith('@') ? specifier.split('/').slice(0, 2).join('/') : specifier.split('/')[0]}`
}

const covers = (rule: string, target: string) => target === rule || target.startsWith(`${rule}/`)

test.each(sources)('%s imports only what its layer may', (path) => {
  const layer = layerOf(path)
  const rules = [layer, ...(allowed[layer] ?? [])]
  const forbidden = importsOf(path)
    .map((specifier) => targetOf(path, specifier))
    .filter((target) => target !== undefined && !rules.some((rule) => covers(rule, target)))
  expect(forbidden).toEqual([])
})

test('every folder of src is a layer of the table', () => {
  expect([...new Set(sources.map(layerOf))].filter((layer) => !(layer in allowed))).toEqual([])
})

test('the audio layer and the pure parts of the SDK need nothing of Node.js', () => {
  const withNode = sources.filter(
    (path) => path.startsWith('src/audio/') && importsOf(path).some((s) => s.startsWith('node:')),
  )
  expect(withNode).toEqual([])
})

test('only the process layer starts processes', () => {
  const starters = sources.filter((path) => importsOf(path).includes('node:child_process'))
  // The simulator lets `espeak-ng` speak, and whoever logs in sees a page in the browser.
  expect(starters.toSorted()).toEqual([
    'src/cli/open-browser.ts',
    'src/runtime/commands/command-process.ts',
    'src/runtime/sdk-bots/bot-process.ts',
    'src/simulator/synthesis.ts',
  ])
})

test('only config.ts and the commands read the environment', () => {
  const readers = sources.filter((path) => readFileSync(path, 'utf8').includes('process.env'))
  expect(readers.filter((path) => !path.startsWith('src/cli/'))).toEqual([])
})

test('no file of src has more than 400 lines', () => {
  expect(sources.filter((path) => readFileSync(path, 'utf8').split('\n').length > 400)).toEqual([])
})
