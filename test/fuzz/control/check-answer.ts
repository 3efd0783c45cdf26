import { z } from 'zod'
import { type Operation, type Schema, strict } from './api-document.ts'
import type { FuzzRequest } from './arbitrary-request.ts'
import type { Answer } from './send-request.ts'

const anyError = z.looseObject({ error: z.string(), code: z.string(), message: z.string(), status: z.int() })

/** Says what is wrong with answers, by the contract that the node itself publishes. */
export class AnswerChecks {
  readonly #schemas = new Map<Schema, z.ZodType>()

  /** What the answer does that it must not; undefined: nothing. */
  problem({ operation, method, path }: FuzzRequest, answer: Answer): string | undefined {
    const { status, text } = answer
    if (status >= 500) return `${status}`
    if (status === 0 || (status >= 300 && status < 400)) return `status ${status}`
    // Another method or path is not this operation any more.
    const isSame = method === operation.method && matches(operation.path, path.split('?')[0] ?? '')
    if (method === 'HEAD') return text === '' ? undefined : 'a body for HEAD'
    if (!isSame) return status >= 400 ? this.#errorProblem(answer) : undefined
    const declared = operation.responses[String(status)]
    if (!declared) return `status ${status} is not declared`
    const contents = declared.content ?? {}
    const types = Object.keys(contents)
    const given = String(answer.headers['content-type'] ?? '').split(';')[0] ?? ''
    if (types.length > 0 && !types.includes(given)) return `${status} is ${given}, declared as ${types.join(' or ')}`
    const { schema } = contents[given] ?? {}
    return given === 'application/json' && schema ? this.#bodyProblem(schema, answer) : undefined
  }

  #bodyProblem(schema: Schema, { status, text }: Answer): string | undefined {
    const known =
      this.#schemas.get(schema) ?? z.fromJSONSchema(strict(schema) as Parameters<typeof z.fromJSONSchema>[0])
    this.#schemas.set(schema, known)
    const checked = known.safeParse(JSON.parse(text))
    if (checked.success) return undefined
    const [issue] = checked.error.issues
    return `the body of ${status} is not as declared: ${issue?.path.join('.')} ${issue?.message}`
  }

  #errorProblem({ status, text }: Answer): string | undefined {
    // Node's own HTTP parser refuses some requests before anybody reads them.
    if (text === '' && [400, 431].includes(status)) return undefined
    return isError(text) ? undefined : `an error that is none of ours: ${text.slice(0, 80)}`
  }
}

function isError(text: string): boolean {
  try {
    return anyError.safeParse(JSON.parse(text)).success
  } catch {
    return false
  }
}

/** Whether the path is one of the operation, and of no other that is spelt out. */
function matches(template: Operation['path'], path: string): boolean {
  const wanted = template.split('/')
  const given = path.split('/')
  if (wanted.length !== given.length) return false
  return wanted.every((part, at) => {
    const text = given[at] ?? ''
    return part.startsWith('{') ? !/^(?:|\.|\.\.|%2e|%2e%2e|\.%2e|%2e\.|.*[;#].*)$/i.test(text) : part === text
  })
}
