import { request } from 'node:http'
import type { Clock } from '../../lib/clock.ts'

/** What a question over HTTP came to. */
export type Probe =
  | { readonly type: 'answered'; readonly status: number; readonly text: string }
  /** `refused`: nobody listens. `silent`: no answer in time. `broken`: something else than HTTP, or half an answer. */
  | { readonly type: 'refused' | 'silent' | 'broken'; readonly why: string }

export interface ProbeOptions {
  /** Such as `http://127.0.0.1:20123/readyz`. */
  readonly url: string
  readonly timeoutMs: number
  readonly clock: Clock
}

const longestText = 500

/** Asks once. Never rejects. */
export function probe({ url, timeoutMs, clock }: ProbeOptions): Promise<Probe> {
  return new Promise((resolve) => {
    // A connection of its own: one that is kept open would keep a bot that ends from ending.
    const asked = request(url, { agent: false, headers: { connection: 'close' } })
    const finish = (outcome: Probe) => {
      timer.cancel()
      asked.destroy()
      resolve(outcome)
    }
    const timer = clock.after(timeoutMs, () => finish({ type: 'silent', why: `no answer in ${timeoutMs / 1000} s` }))
    asked.on('error', (error: NodeJS.ErrnoException) =>
      finish({ type: error.code === 'ECONNREFUSED' ? 'refused' : 'broken', why: error.message }),
    )
    asked.on('response', (response) => {
      let text = ''
      const done = () => finish({ type: 'answered', status: response.statusCode ?? 0, text })
      response.setEncoding('utf8').on('data', (piece: string) => {
        text = (text + piece).slice(0, longestText)
      })
      response.once('end', done)
      response.once('error', done)
    })
    asked.end()
  })
}
