import { defineBot } from 'offhook'

const frame = new Uint8Array(160).fill(0xff)

/** Says 20 ms of silence as soon as its function runs, then waits for the end of the call. */
export default defineBot(async (call) => {
  call.write(frame)
  await new Promise((resolve) => call.signal.addEventListener('abort', resolve, { once: true }))
})
