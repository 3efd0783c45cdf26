import { defineBot } from 'offhook'

/** Says back what it hears, byte for byte. `#` ends the call. */
export default defineBot(async (call) => {
  for await (const event of call) {
    if (event.type === 'audio') call.write(event.audio)
    if (event.type === 'dtmf' && event.digit === '#') return
  }
})
