import { expect, test } from 'vitest'
import { CollectedLog } from '../../test/support/collected-log.ts'
import { Outage } from './outage.ts'

test('the log has one line for the begin of each outage, with its reason, and one for its end', () => {
  const log = new CollectedLog()
  const outage = new Outage({ begins: 'away', ends: 'back', log })
  outage.worked()
  for (let n = 0; n < 3; n++) outage.failed(new Error(`no ${n}`))
  for (let n = 0; n < 3; n++) outage.worked()
  outage.failed(new Error('no more'))
  expect(log.entries).toMatchObject([
    { level: 'warn', message: 'away', fields: { error: 'no 0' } },
    { level: 'info', message: 'back' },
    { level: 'warn', message: 'away', fields: { error: 'no more' } },
  ])
})
