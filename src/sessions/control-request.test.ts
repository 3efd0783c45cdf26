import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeFailure } from '../lib/parsed.ts'
import { parseControlRequest } from './control-request.ts'

const transfer = {
  verb: 'transfer',
  to: ['14155550123'],
  ringMs: 25_000,
  maxMs: 3_600_000,
  onFail: 'bot',
  afterwards: 'hang-up',
}
const message = { verb: 'take-message', maxMs: 60_000, silenceMs: 5000, beep: true }

const good = [
  { verb: 'say', text: 'Hello.' },
  { verb: 'say', text: 'Hello.', voice: 'Polly.Joanna', language: 'en-US', ssml: true },
  { verb: 'play-url', url: 'https://cdn.example.com/hold.mp3' },
  { verb: 'record', format: 'mp3', channels: 'stereo', maxMs: 3_600_000, save: true },
  { verb: 'stop-recording', url: 'https://media.example.com/a.mp3', recordingId: 'a', save: false },
  { verb: 'send-digits', digits: 'ww12#' },
  { verb: 'save', json: '{"step":2}' },
  transfer,
  { ...transfer, to: ['+14155550123', 'sip:desk@phone.example.com'], announce: 'A call.', acceptKey: '1' },
  { ...transfer, onFail: { say: 'Nobody is there.' }, afterwards: 'bot', callerId: '14155550199' },
  message,
  { ...message, prompt: 'Please speak.', until: '#' },
]

test.each(good)('%j is taken as it is', (request) => {
  expect(parseControlRequest(request)).toEqual({ ok: true, value: request })
})

test('members that nobody knows are left out', () => {
  expect(parseControlRequest({ verb: 'send-digits', digits: '1', shell: 'rm' })).toEqual({
    ok: true,
    value: { verb: 'send-digits', digits: '1' },
  })
})

describe('what is wrong is named', () => {
  test.each([
    [undefined, 'request must be an object'],
    [{ verb: 'fly' }, 'verb is none that there is: "fly"'],
    [{ verb: 'constructor' }, 'verb is none that there is: "constructor"'],
    [{ verb: 'say' }, 'text is missing'],
    [{ verb: 'say', text: 'x'.repeat(3001) }, 'text must have at most 3000 characters, got 3001'],
    [{ verb: 'say', text: 'x', voice: 'Nobody' }, 'voice must be WOMAN, MAN or Polly.<Name>, got "Nobody"'],
    [{ verb: 'play-url', url: 'file:///etc/passwd' }, 'url must be an http or https URL, got "file:///etc/passwd"'],
    [{ verb: 'record', format: 'ogg', channels: 'mono', maxMs: 1000 }, 'format must be one of mp3, wav, got "ogg"'],
    [
      { verb: 'record', format: 'mp3', channels: 'mono', maxMs: 0 },
      'maxMs must be 1000 to 86400000 milliseconds, got 0',
    ],
    [{ verb: 'send-digits', digits: '1x' }, 'digits must be of 0-9 * # A-D and w, W for waits, got "1x"'],
    [{ verb: 'save' }, 'json is missing'],
    [{ verb: 'save', json: '{' }, 'json must be JSON'],
    [{ verb: 'save', json: `"${'ü'.repeat(40_000)}"` }, 'json must have at most 65536 bytes, got 80002'],
    [{ ...transfer, to: [] }, 'to must be a list of numbers or sip: URIs'],
    [{ ...transfer, to: ['hello'] }, 'to must be a number with country code or a sip: URI, got "hello"'],
    [{ ...transfer, to: ['sip:<a>@b'] }, 'to must be a number with country code or a sip: URI, got "sip:<a>@b"'],
    [{ ...transfer, acceptKey: '12' }, 'acceptKey must have at most 1 characters, got 2'],
    [{ ...transfer, onFail: { say: '' } }, 'onFail.say must be a text'],
    [{ ...transfer, afterwards: 'sleep' }, 'afterwards must be one of hang-up, bot, got "sleep"'],
    [{ ...message, until: 'x' }, 'until must be one key of 0-9 * #, got "x"'],
  ])('%j', (request, problem) => {
    const result = parseControlRequest(request)
    expect(result.ok ? result : describeFailure(result)).toBe(problem)
  })
})

test('no JSON of a bot makes it throw', () => {
  const verbs = fc.constantFrom(...good.map(({ verb }) => verb))
  const bad = fc.record({ verb: verbs, to: fc.jsonValue(), text: fc.jsonValue(), maxMs: fc.jsonValue() })
  fc.assert(fc.property(fc.oneof(fc.jsonValue(), bad), (value) => typeof parseControlRequest(value).ok === 'boolean'))
})
