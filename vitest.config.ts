import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { SecondTries } from './test/support/second-tries.ts'

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  resolve: {
    alias: [
      { find: /^offhook\/plivo$/, replacement: source('src/plivo/index.ts') },
      { find: /^offhook\/simulator$/, replacement: source('src/simulator/index.ts') },
      { find: /^offhook\/testing$/, replacement: source('src/testing/index.ts') },
      { find: /^offhook$/, replacement: source('src/sdk/index.ts') },
    ],
  },
  test: {
    // Decision 20.
    retry: process.env['CI'] === 'true' ? 1 : 0,
    reporters: ['default', new SecondTries()],
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'bench/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Long, because the machine may be busy with other things; what is there is seen at once.
    expect: { poll: { timeout: 20_000, interval: 10 } },
    // Integration tests start real processes; more than one file a core makes them fight for it.
    maxWorkers: 2,
  },
})
