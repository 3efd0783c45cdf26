import { expect, test } from 'vitest'
import { dial } from '../src/simulator/index.ts'
import { TestServer } from './simulator-support.ts'

test('a server that stops reading is told that its stream degrades, then loses it, and the call goes on', async () => {
  await using server = await TestServer.start({
    routes: {
      '/answer': () => ({
        type: 'application/xml',
        // As many bytes a second as a stream can have, so that the buffers of the operating system are soon full.
        body:
          `<Response><Stream audioTrack="both" keepCallAlive="true" contentType="audio/x-l16;rate=16000" ` +
          `extraHeaders="k=${'x'.repeat(500)}" statusCallbackUrl="http://HOST/status">ws://HOST/stream</Stream><Hangup/></Response>`,
      }),
    },
    onStream: ({ socket }) => socket.pause(),
  })
  const call = dial({ answerUrl: `${server.url}/answer`, assumptions: { maxUnsentMs: 1000 }, maxDurationMs: 100_000 })
  const { hangup } = await call.ended
  const events = server.requestsTo('/status').map(({ params }) => params['Event'])
  expect(events).toEqual(['StartStream', 'DegradedStream', 'DegradedStream', 'DegradedStream', 'DroppedStream'])
  expect(hangup.source).toBe('Answer XML')
}, 120_000)
