import { describe, expect, it, vi } from 'vitest'
import { settled, SdkCall } from '../../test/support/sdk-call.ts'
import type { Call } from './call.ts'
import { CallControlError } from './control-error.ts'
import type { Recording } from './recording.ts'
import type { TransferOptions, TransferTarget } from './transfer.ts'

const rate = { sampleRateHz: 8000 }
const silence = (ms: number) => new Int16Array(8 * ms)
const noCredentials = { code: 'no-credentials', message: 'no PLIVO_AUTH_ID', fix: 'set it' } as const

describe('say', () => {
  it('asks the carrier, and says what was heard as an estimate', async () => {
    const bench = new SdkCall()
    const utterance = bench.call.say('Good morning.', { voice: 'Polly.Amy', language: 'en-GB' })
    await settled()
    expect(bench.sent).toEqual([
      {
        type: 'request',
        id: 1,
        request: { verb: 'say', text: 'Good morning.', voice: 'Polly.Amy', language: 'en-GB' },
      },
    ])
    bench.reply(1, { heardMs: 1200, uncertaintyMs: 250, totalMs: 1200 })
    expect(await utterance).toEqual({
      heardMs: 1200,
      uncertaintyMs: 250,
      totalMs: 1200,
      interrupted: false,
      by: undefined,
      estimated: true,
      textHeard: 'Good morning.',
    })
  })

  it('begins once all before it was heard, and what is asked for later waits for its end', async () => {
    const bench = new SdkCall()
    bench.call.write(new Uint8Array(160))
    bench.call.play(silence(100), rate)
    bench.call.say('two')
    bench.call.play(silence(100), rate)
    void bench.call.checkpoint('end')
    await settled()
    expect(bench.story).toEqual(['write 1', 'play-end 1', 'play 2', 'play-end 2'])
    bench.finish(2, 100)
    await settled()
    expect(bench.of('request')).toEqual([])
    bench.finish(1, 20)
    await settled()
    expect(bench.story.at(-1)).toBe('request say')
    bench.reply(1, { heardMs: 500, uncertaintyMs: 0, totalMs: 500 })
    await settled()
    expect(bench.story.slice(-3)).toEqual(['play 4', 'play-end 4', 'checkpoint'])
  })

  it('is cut by `stop`, and what waits behind it goes on when the carrier has stopped', async () => {
    const bench = new SdkCall()
    const said = bench.call.say('a long story')
    bench.call.play(silence(100), rate)
    await settled()
    said.stop()
    said.stop()
    await settled()
    expect(said).toMatchObject({ interrupted: true, by: 'bot', playing: true })
    expect(bench.story).toEqual(['request say', 'cancel 1 by bot'])
    bench.reply(1, { heardMs: 300, uncertaintyMs: 100, totalMs: 2000, cutBy: 'bot' })
    expect(await said).toMatchObject({ heardMs: 300, totalMs: 2000, interrupted: true, by: 'bot', textHeard: '' })
    await settled()
    expect(bench.story.slice(2)).toEqual(['play 2', 'play-end 2'])
  })

  it('is cut by `clear`, by speech and by keys', async () => {
    const bench = new SdkCall()
    const said = [1, 2, 3].map((n) => bench.call.say(`text ${n}`, { interruptible: true }))
    await settled()
    bench.hearQuiet(100)
    bench.hearSpeech(400)
    bench.reply(1, { heardMs: 300, uncertaintyMs: 0, totalMs: 900, cutBy: 'speech' })
    await settled()
    bench.press('1')
    bench.reply(2, { heardMs: 300, uncertaintyMs: 0, totalMs: 900, cutBy: 'key' })
    await settled()
    bench.call.clear()
    expect(bench.story.filter((line) => line !== 'request say')).toEqual([
      'cancel 1 by speech',
      'cancel 2 by key',
      'clear',
      'cancel 3 by bot',
    ])
    expect(said.map(({ by }) => by)).toEqual(['speech', 'key', 'bot'])
  })

  it('that was stopped in line is never asked for', async () => {
    const bench = new SdkCall()
    bench.call.play(silence(100), rate)
    const said = bench.call.say('never')
    said.stop()
    expect(await said).toMatchObject({ heardMs: 0, interrupted: true, by: 'bot', estimated: true })
    bench.finish(1, 100)
    await settled()
    expect(bench.of('request')).toEqual([])
  })

  it('that the carrier refuses rejects, is printed, and lets the next one go on', async () => {
    const bench = new SdkCall()
    const said = bench.call.say('hello')
    bench.call.play(silence(20), rate)
    await settled()
    bench.refuse(1, noCredentials)
    await expect(said).rejects.toBeInstanceOf(CallControlError)
    await expect(said).rejects.toMatchObject(noCredentials)
    await settled()
    expect(bench.printed).toEqual(['say: no PLIVO_AUTH_ID: set it\n'])
    expect(bench.story.slice(-2)).toEqual(['play 2', 'play-end 2'])
  })

  it('is over with the call, which is no failure', async () => {
    const bench = new SdkCall()
    const said = bench.call.say('hello')
    const next = bench.call.say('again')
    await settled()
    bench.call.end('caller')
    for (const utterance of [said, next, bench.call.say('late')])
      expect(await utterance).toMatchObject({ heardMs: 0, interrupted: true, by: 'hang-up' })
    expect(bench.requests.length).toBe(1)
    expect(bench.printed).toEqual([])
  })

  it('is over when the node says first that the call is', async () => {
    const bench = new SdkCall()
    const said = bench.call.say('hello')
    await settled()
    bench.refuse(1, { code: 'call-over', message: 'the call is over' })
    expect(await said).toMatchObject({ by: 'hang-up' })
  })

  it('cannot be resumed', async () => {
    const bench = new SdkCall()
    const said = bench.call.say('hello', { interruptible: true })
    await settled()
    said.stop()
    await expect(said.resume()).rejects.toMatchObject({ code: 'invalid' })
  })

  it.each([
    ['', {}],
    ['hello', { voice: 'ALICE' }],
    ['<break/>', { ssml: true, voice: 'WOMAN' }],
  ])('refuses "%s" with %j', async (text, options) => {
    const bench = new SdkCall()
    await expect(bench.call.say(text, options)).rejects.toThrow(TypeError)
    expect(bench.sent).toEqual([])
  })
})

describe('play of a URL', () => {
  it.each(['https://example.com/a.mp3', new URL('http://example.com/b.wav')])(
    'asks the carrier: %s',
    async (source) => {
      const bench = new SdkCall()
      const utterance = bench.call.play(source)
      await settled()
      expect(bench.requests).toEqual([{ verb: 'play-url', url: String(source) }])
      bench.reply(1, { heardMs: 700, uncertaintyMs: 100, totalMs: 700 })
      expect(await utterance).toMatchObject({ heardMs: 700, estimated: true, interrupted: false })
    },
  )
})

describe('record', () => {
  const file = (n: number) => ({ url: `https://r/${n}.mp3`, recordingId: `r${n}` })

  async function started(): Promise<{ bench: SdkCall; recording: Recording }> {
    const bench = new SdkCall()
    const recording = bench.call.record()
    bench.reply(1, file(1))
    return { bench, recording: await recording }
  }
  const stopOf = (n: number, save: boolean) => ({ verb: 'stop-recording', ...file(n), save })

  it('asks for an mp3 of both sides, for 4 hours at most', async () => {
    const { bench, recording } = await started()
    expect(bench.requests).toEqual([{ verb: 'record', format: 'mp3', channels: 'stereo', maxMs: 14_400_000 }])
    expect(recording).toMatchObject({ ...file(1), files: [file(1)] })
  })

  it('stops once, and gives its files any time', async () => {
    const { bench, recording } = await started()
    const stopped = recording.stop()
    const again = recording.stop()
    await settled()
    bench.reply(2, file(1))
    expect(await stopped).toEqual([file(1)])
    expect(await again).toEqual([file(1)])
    expect(bench.requests.slice(1)).toEqual([stopOf(1, false)])
  })

  it('pauses by ending its file and goes on in another; all of them are saved at the end', async () => {
    const { bench, recording } = await started()
    const paused = recording.pause()
    void recording.pause()
    const resumed = recording.resume()
    void recording.resume()
    await settled()
    bench.reply(2, file(1))
    await paused
    await settled()
    bench.reply(3, file(2))
    await resumed
    expect(recording).toMatchObject({ ...file(2), files: [file(1), file(2)] })
    const stopped = recording.stop({ save: true })
    await settled()
    bench.reply(4, { ...file(2), path: '/rec/2.mp3' })
    await settled()
    bench.reply(5, { ...file(1), path: '/rec/1.mp3' })
    expect(await stopped).toEqual([
      { ...file(1), path: '/rec/1.mp3' },
      { ...file(2), path: '/rec/2.mp3' },
    ])
    const [first] = bench.requests
    expect(bench.requests.slice(1)).toEqual([stopOf(1, false), first, stopOf(2, true), stopOf(1, true)])
    await expect(recording.resume()).rejects.toThrow('the recording was stopped')
  })

  it('that is to be saved says so at once, for it may end with the call', async () => {
    const bench = new SdkCall()
    const recording = bench.call.record({ save: true, format: 'wav', channels: 'mono', maxMs: 60_000 })
    expect(bench.requests).toEqual([{ verb: 'record', format: 'wav', channels: 'mono', maxMs: 60_000, save: true }])
    bench.reply(1, file(1))
    const stopped = (await recording).stop()
    await settled()
    bench.reply(2, { ...file(1), path: '/rec/1.wav' })
    expect(await stopped).toEqual([{ ...file(1), path: '/rec/1.wav' }])
    expect(bench.requests[1]).toEqual(stopOf(1, true))
  })

  it('that cannot be stopped records on, and can be stopped later', async () => {
    const { bench, recording } = await started()
    const first = recording.stop()
    await settled()
    bench.refuse(2, { code: 'unavailable', message: 'Plivo did not answer' })
    await expect(first).rejects.toMatchObject({ code: 'unavailable' })
    expect(bench.printed).toEqual(['recording.stop: Plivo did not answer\n'])
    const second = recording.stop()
    await settled()
    bench.reply(3, file(1))
    expect(await second).toEqual([file(1)])
  })

  it('has ended when the call has, and its files are known', async () => {
    const { bench, recording } = await started()
    const pausing = recording.pause()
    await settled()
    bench.call.end('caller')
    await pausing
    expect(await recording.stop({ save: true })).toEqual([file(1)])
    await recording.pause()
    expect(bench.requests.length).toBe(2)
  })

  it('cannot go on after the call', async () => {
    const { bench, recording } = await started()
    const paused = recording.pause()
    await settled()
    bench.reply(2, file(1))
    await paused
    bench.call.end('caller')
    await expect(recording.resume()).rejects.toMatchObject({ code: 'call-over' })
  })

  it.each([{ maxMs: 999 }, { maxMs: 14_400_001 }, { format: 'ogg' }, { channels: 'quad' }])(
    'refuses %j',
    async (options) => {
      const bench = new SdkCall()
      await expect(bench.call.record(options as { maxMs: number })).rejects.toThrow(/^record: /)
      expect(bench.sent).toEqual([])
    },
  )
})

describe('sendDigits', () => {
  it('takes pauses, and resolves when it is done', async () => {
    const bench = new SdkCall()
    const sent = bench.call.sendDigits('1w2W#A')
    expect(bench.requests).toEqual([{ verb: 'send-digits', digits: '1w2W#A' }])
    bench.reply(1, {})
    expect(await sent).toBeUndefined()
  })
})

describe('save', () => {
  it('hands the node what JSON can say, as it is now, and resolves when the node has it', async () => {
    const bench = new SdkCall()
    const state = { step: 1 }
    const saved = bench.call.save(state)
    state.step = 2
    expect(bench.requests).toEqual([{ verb: 'save', json: '{"step":1}' }])
    bench.reply(1, {})
    expect(await saved).toBeUndefined()
  })

  it('refuses more than the node keeps', async () => {
    const bench = new SdkCall()
    await expect(bench.call.save('ü'.repeat(40_000))).rejects.toThrow(
      'save: the state has 80002 bytes as JSON, and the node keeps 65536',
    )
    expect(bench.sent).toEqual([])
    expect(bench.printed).toEqual([expect.stringMatching(/^save: the state has 80002 bytes/)])
  })

  it('refuses what is no JSON', async () => {
    const bench = new SdkCall()
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    await expect(bench.call.save(circle)).rejects.toThrow(/^save: the state is no JSON: Converting circular/)
    await expect(bench.call.save(undefined)).rejects.toThrow('save takes what JSON can say, got undefined')
    await expect(bench.call.save(() => 1)).rejects.toThrow('save takes what JSON can say, got function')
    expect(bench.sent).toEqual([])
  })
})

describe('a call that another instance had before', () => {
  const heard = [
    { utterance: 7, kind: 'play', startedAtMs: 1, totalMs: 900, heardMs: 400, uncertaintyMs: 0, cutBy: 'crash' },
  ] as const

  it('tells its bot what is known of it', () => {
    const { call } = new SdkCall({ resumed: { reason: 'crash', count: 2, heard, utterances: 9, state: { step: 2 } } })
    expect(call.resumed).toEqual({ reason: 'crash', count: 2, heard, state: { step: 2 } })
    expect(new SdkCall().call.resumed).toBeUndefined()
  })

  it('counts its utterances on', async () => {
    const bench = new SdkCall({ resumed: { reason: 'crash', count: 1, heard, utterances: 9 } })
    bench.call.play(silence(100), rate)
    await settled()
    expect(bench.story).toEqual(['play 10', 'play-end 10'])
  })
})

describe('transfer', () => {
  const plain = { ringMs: 25_000, maxMs: 14_400_000, onFail: 'bot', afterwards: 'hang-up' }

  it.each<[TransferTarget, TransferOptions, object]>([
    ['14155550100', {}, { to: ['14155550100'], ...plain }],
    [['+14155550100', 'sip:ann@example.com'], {}, { to: ['+14155550100', 'sip:ann@example.com'], ...plain }],
    [{ sip: 'ann@example.com' }, {}, { to: ['sip:ann@example.com'], ...plain }],
    [
      '14155550100',
      {
        announce: 'A caller for you.',
        ringMs: 9000,
        callerId: '14155550199',
        onFail: { say: 'Sorry.' },
        afterwards: 'bot',
      },
      {
        to: ['14155550100'],
        announce: 'A caller for you.',
        acceptKey: '1',
        ringMs: 9000,
        maxMs: 14_400_000,
        callerId: '14155550199',
        onFail: { say: 'Sorry.' },
        afterwards: 'bot',
      },
    ],
  ])('to %j with %j', async (to, options, request) => {
    const bench = new SdkCall()
    const transfer = bench.call.transfer(to, options)
    await settled()
    expect(bench.requests).toEqual([{ verb: 'transfer', ...request }])
    bench.reply(1, { outcome: 'no-answer', cause: 'timeout' })
    expect(await transfer).toEqual({ outcome: 'no-answer', cause: 'timeout' })
  })

  it.each<[TransferTarget, TransferOptions]>([
    ['', {}],
    [[], {}],
    ['Ann', {}],
    [['14155550100', 'sip:'], {}],
    ['14155550100', { ringMs: 0 }],
    ['14155550100', { maxMs: Number.NaN }],
    ['14155550100', { acceptKey: '12' }],
    ['14155550100', { onFail: 'cry' as 'bot' }],
    ['14155550100', { afterwards: 'cry' as 'bot' }],
  ])('refuses %j with %j', async (to, options) => {
    const bench = new SdkCall()
    await expect(bench.call.transfer(to, options)).rejects.toThrow(/^transfer/)
    expect(bench.sent).toEqual([])
  })
})

describe('what takes the caller elsewhere', () => {
  const verbs: [string, (call: Call) => Promise<unknown>][] = [
    ['transfer', (call) => call.transfer('14155550100')],
    ['take-message', (call) => call.takeMessage()],
  ]

  it.each(verbs)('%s is asked for once all before it was handed over, what Plivo says too', async (verb, ask) => {
    const bench = new SdkCall()
    bench.call.write(new Uint8Array(160))
    bench.call.play(silence(5000), rate)
    bench.call.say('I connect you.')
    void ask(bench.call)
    await settled()
    bench.report(2, 1000)
    bench.finish(1, 20)
    await settled()
    bench.finish(2, 5000)
    await settled()
    expect(bench.story).toEqual(['write 1', 'play-end 1', 'play 2', 'play-end 2', 'request say'])
    bench.reply(1, { heardMs: 500, uncertaintyMs: 0, totalMs: 500 })
    await settled()
    expect(bench.story.at(-1)).toBe(`request ${verb}`)
  })

  it.each(verbs)('%s ends a hold, which would never end', async (verb, ask) => {
    const bench = new SdkCall()
    bench.call.hold()
    await settled()
    void ask(bench.call)
    await settled()
    expect(bench.story).toEqual(['play 1', 'stop 1 by bot', `request ${verb}`])
  })

  it.each(verbs)('%s that still waits when the call ends is never asked for', async (_verb, ask) => {
    const bench = new SdkCall()
    bench.call.play(silence(60_000), rate)
    const asked = ask(bench.call)
    await settled()
    bench.call.end('caller')
    await expect(asked).rejects.toMatchObject({ code: 'call-over' })
    expect(bench.requests).toEqual([])
  })
})

describe('takeMessage', () => {
  it('asks for what a caller expects', async () => {
    const bench = new SdkCall()
    const taken = bench.call.takeMessage({ prompt: 'After the tone.' })
    await settled()
    expect(bench.requests).toEqual([
      { verb: 'take-message', prompt: 'After the tone.', maxMs: 120_000, silenceMs: 5000, until: '#', beep: true },
    ])
    bench.reply(1, { outcome: 'recorded', url: 'https://r/1.mp3', durationMs: 4200, key: '#' })
    expect(await taken).toMatchObject({ outcome: 'recorded', durationMs: 4200 })
  })

  it.each([{ maxMs: 0 }, { silenceMs: -1 }, { until: 'x' }, { until: '*#' }])('refuses %j', async (options) => {
    const bench = new SdkCall()
    await expect(bench.call.takeMessage(options)).rejects.toThrow(RangeError)
    expect(bench.sent).toEqual([])
  })
})

describe('hangUp', () => {
  it('resolves when the call is over, and at once when it is', async () => {
    const bench = new SdkCall()
    let over = false
    const hangingUp = bench.call.hangUp().then(() => (over = true))
    await settled()
    expect(over).toBe(false)
    bench.call.end('bot')
    await hangingUp
    await bench.call.hangUp()
    expect(bench.story).toEqual(['hang-up'])
  })

  it.each(['heard', 'cut', 'failed'])('after an utterance comes when that was %s', async (how) => {
    const bench = new SdkCall()
    const after = bench.call.play(how === 'failed' ? './nowhere.wav' : silence(100), rate)
    void bench.call.hangUp({ after })
    expect(bench.of('hang-up')).toEqual([])
    await settled()
    if (how !== 'failed') bench.finish(1, 50, how === 'cut' ? 'bot' : undefined)
    await expect.poll(() => bench.of('hang-up').length).toBe(1)
  })
})

describe('requests that are not answered', () => {
  const verbs: [string, (call: Call) => Promise<unknown>][] = [
    ['record', (call) => call.record()],
    ['sendDigits', (call) => call.sendDigits('1')],
    ['transfer', (call) => call.transfer('14155550100')],
    ['takeMessage', (call) => call.takeMessage()],
  ]

  it.each(verbs)('%s rejects when the call ends, and quickly after that, and is not printed', async (_verb, ask) => {
    const bench = new SdkCall()
    const open = ask(bench.call)
    await settled()
    bench.call.end('caller')
    await expect(open).rejects.toMatchObject({ code: 'call-over', cause: bench.call.signal.reason })
    await expect(ask(bench.call)).rejects.toMatchObject({ code: 'call-over' })
    expect(bench.requests.length).toBe(1)
    expect(bench.printed).toEqual([])
  })

  it.each(verbs)('%s that fails hurts nobody when nobody awaits it: it is printed', async (verb, ask) => {
    const unhandled = vi.fn<(reason: unknown) => void>()
    process.on('unhandledRejection', unhandled)
    try {
      const bench = new SdkCall()
      void ask(bench.call)
      await settled()
      bench.refuse(1, noCredentials)
      await settled()
      expect(bench.printed).toEqual([`${verb}: no PLIVO_AUTH_ID: set it\n`])
      expect(unhandled).not.toHaveBeenCalled()
    } finally {
      process.off('unhandledRejection', unhandled)
    }
  })

  it('a reply to what nobody asked is nothing', () => {
    const bench = new SdkCall()
    expect(() => bench.reply(9, {})).not.toThrow()
    expect(() => bench.refuse(9, noCredentials)).not.toThrow()
  })
})

describe('CallControlError', () => {
  it('is known to another copy of its class, as a bundled bot has one', () => {
    const brand = Symbol.for('offhook.CallControlError')
    const foreign: unknown = Object.assign(new Error('m'), { [brand]: true })
    expect(foreign).toBeInstanceOf(CallControlError)
    expect(new Error('m')).not.toBeInstanceOf(CallControlError)
    expect(null).not.toBeInstanceOf(CallControlError)
  })
})
