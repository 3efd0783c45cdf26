import { type Call, defineBot } from 'offhook'

/** Who is called for a human. Try it: offhook dial --press 'quiet,0' --callee 14155550123=no-answer */
const desk = process.env['DESK_NUMBER'] ?? '14155550123'

/** Connects callers with a human, who hears first who it is. When nobody takes the call, the caller is back here. */
export default defineBot(async (call) => {
  call.play('./prompts/welcome.wav')
  const { digits } = await call.digits({ prompt: { say: 'Press 0 for a human, or 1 to leave a message.' }, retries: 1 })

  if (digits === '0') {
    call.hold()
    const note = `A call from ${await nameOf(call)}. Press 1 to take it.`
    const { outcome } = await call.transfer(desk, { announce: note, ringMs: 15_000 })
    console.log(`transfer: ${outcome}`)
    if (outcome === 'answered') return
    await call.say('I am sorry, nobody is free right now.')
  }

  if (digits !== '') {
    const message = await call.takeMessage({ prompt: 'Please leave a message after the tone.' })
    console.log(`message: ${message.url ?? message.outcome}`)
  }
  await call.play('./prompts/goodbye.wav')
})

/** Your customer records, perhaps. The caller hears music meanwhile. */
async function nameOf(call: Call): Promise<string> {
  return call.from ?? 'an unknown number'
}
