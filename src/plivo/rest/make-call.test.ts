import { expect, it } from 'vitest'
import { makeCallFields, readMadeCall } from './make-call.ts'
import { ReplyFields } from './reply-fields.ts'

const call = { from: '14155550199', to: '14155550100', answerUrl: 'https://a/answer' }

it('asks for the detection of machines in the words of Plivo', () => {
  expect(makeCallFields({ ...call, machineDetection: 'report' })).toMatchObject({ machine_detection: 'true' })
  expect(makeCallFields({ ...call, machineDetection: 'hangup' })).toMatchObject({ machine_detection: 'hangup' })
  expect(makeCallFields(call)).toMatchObject({ machine_detection: undefined })
})

it('reads one id, or several', () => {
  const read = (request_uuid: string | string[], message: string) =>
    readMadeCall(new ReplyFields({ request_uuid, message }))
  expect(read('a', 'call fired')).toEqual({ requestUuids: ['a'], queued: false })
  expect(read(['a', 'b'], 'call queued')).toEqual({ requestUuids: ['a', 'b'], queued: true })
})
