import { badRequest } from './api-error.ts'

interface SchemaIssue {
  readonly path: readonly PropertyKey[]
  readonly message: string
  /** Of a union: what is wrong with the value as each of its forms. */
  readonly errors?: readonly (readonly SchemaIssue[])[]
}

type Checked<T> =
  | { readonly success: true; readonly data: T }
  | { readonly success: false; readonly error: SchemaError }

interface SchemaError {
  readonly issues: readonly object[]
}

/** Refuses what does not obey the contract with 400, naming the fields. */
export function refuseInvalid<T>(checked: Checked<T>): asserts checked is { readonly success: true; readonly data: T } {
  if (!checked.success) throw badRequest(sentences(checked.error.issues as readonly SchemaIssue[]).join(' '))
}

/** Of a union's forms the one that fits best was meant, the first of those that fit as well. */
function sentences(issues: readonly SchemaIssue[], parent: readonly PropertyKey[] = []): string[] {
  return issues.flatMap((issue) => {
    const path = [...parent, ...issue.path]
    const [nearest] = [...(issue.errors ?? [])].sort((a, b) => a.length - b.length)
    return nearest ? sentences(nearest, path) : [sentence(path, issue.message)]
  })
}

/** The contract's own messages are rules (`must be …`), those of Zod are sentences of their own. */
function sentence(path: readonly PropertyKey[], message: string): string {
  const field = path.length === 0 ? 'The request' : path.map(String).join('.')
  return message.startsWith('must ') ? `${field} ${message}.` : `${field}: ${message}.`
}
