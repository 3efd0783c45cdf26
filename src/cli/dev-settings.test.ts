import { expect, test } from 'vitest'
import { devSettings } from './dev-settings.ts'

test('what a file says of callers is what a deployment of it would do', async () => {
  const call = { overflow: 'queue', overflowWaitSeconds: 30, onCrash: 'message', maxSilenceSeconds: undefined }
  expect(await devSettings({ call, maxSessionDuration: 600, maxAgents: 2, instanceUses: 5 })).toMatchObject({
    maxSessions: 2,
    maxUses: 5,
    maxSessionSeconds: 600,
    policy: {
      onCrash: { type: 'message' },
      overflow: { type: 'queue', maxWaitMs: 30_000, maxWaiting: 10, afterwards: { type: 'apology' } },
    },
  })
  expect(await devSettings({})).toEqual({})
})

test.each([
  [{ call: { overflow: 'music' } }, /^offhook\.toml: overflow must be one of apology, busy, .*queue, got "music"$/],
  [{ call: { overflow: 'queue', overflowThen: 'busy' } }, /^offhook\.toml: overflow_then must be one of/],
  [{ call: { overflowWaitSeconds: 0 } }, /^offhook\.toml: overflow_wait must be at least 1 second$/],
  [{ maxSessionDuration: 5 }, /^offhook\.toml: max_session_duration must be at least 60 seconds$/],
])('%j is refused with the name of its key', async (project, problem) => {
  await expect(devSettings(project)).rejects.toThrow(problem)
})
