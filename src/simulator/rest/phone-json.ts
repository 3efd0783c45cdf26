import type { PhoneBehaviour } from '../phone-book.ts'
import { readScript } from './caller-script-json.ts'
import { textsOf } from './read-fields.ts'
import { RequestFields } from './request-fields.ts'

const kinds = ['answer', 'reject', 'busy', 'no-answer', 'unallocated'] as const

/**
 * What a telephone does when it is called, as JSON: `{"number":"14155550100","does":"answer","after_ms":1000,
 * "script":[…],"machine":false}`; `does` may also be `reject`, `busy`, `no-answer` or `unallocated`.
 * @throws ApiError 400 that names the field.
 */
export function readPhone(body: Readonly<Record<string, unknown>>): { number: string; behaviour: PhoneBehaviour } {
  const { script, ...flat } = body
  const fields = new RequestFields(textsOf(flat))
  return { number: fields.required('number'), behaviour: readBehaviour(fields, script) }
}

function readBehaviour(fields: RequestFields, script: unknown): PhoneBehaviour {
  const afterMs = fields.whole('after_ms', { least: 0 }) ?? 1_000
  switch (fields.oneOf('does', kinds, 'answer')) {
    case 'answer':
      return { answers: afterMs, script: readScript(script, 'script'), machine: fields.flag('machine', false) }
    case 'reject':
      return { rejects: true, afterMs }
    case 'busy':
      return { busy: true }
    case 'no-answer':
      return { noAnswer: true }
    case 'unallocated':
      return { unallocated: true }
  }
}
