import { expect, test } from 'vitest'
import { defaultAssumptions, resolveAssumptions } from './assumptions.ts'
import { callerHungUp } from './hangup-causes.ts'
import { documentParameters, hangupParameters } from './webhook-parameters.ts'

const facts = {
  callUuid: '5a3f7c52-9c0e-4c7e-8c63-6a0b1f9d2e11',
  from: '14155550100',
  to: '14155550199',
  authId: 'MAEXAMPLE00000000000',
  direction: 'inbound' as const,
  startedAt: Date.UTC(2026, 0, 15, 10, 29, 58, 123),
}
const answeredAt = Date.UTC(2026, 0, 15, 10, 30, 5)
const finished = { ...facts, answeredAt, endedAt: answeredAt + 66_000 }

test('a call is ringing until it is answered', () => {
  expect(documentParameters(facts, 'StartApp')).toMatchObject({
    CallStatus: 'ringing',
    SessionStart: '2026-01-15 10:29:58.123000',
  })
  expect(documentParameters(finished, 'Redirect')).toMatchObject({ CallStatus: 'in-progress', Event: 'Redirect' })
})

test('a hangup is billed by the minute and dated in the time zone of the account', () => {
  const assumptions = resolveAssumptions({ accountUtcOffsetMinutes: 330 })
  expect(hangupParameters(finished, callerHungUp, assumptions)).toMatchObject({
    Duration: '66',
    BillDuration: '120',
    TotalCost: '0.01000',
    SessionStart: '2026-01-15 10:29:58.123000',
    StartTime: '2026-01-15 15:59:58',
    AnswerTime: '2026-01-15 16:00:05',
    EndTime: '2026-01-15 16:01:11',
  })
})

test('a call that was never answered costs nothing', () => {
  const parameters = hangupParameters({ ...facts, endedAt: facts.startedAt }, callerHungUp, defaultAssumptions)
  expect(parameters).toMatchObject({ Duration: '0', BillDuration: '0', TotalCost: '0.00000' })
  expect(parameters).not.toHaveProperty('AnswerTime')
})
