import { UsageError } from './describe-error.ts'

/** The base URL of a node, without a slash at the end. Throws a `UsageError` that names where it came from. */
export function readNodeUrl(value: string, from: string): string {
  const url = URL.parse(value)
  if (url && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '' && url.username === '') {
    return url.href.replace(/\/+$/, '')
  }
  throw new UsageError(`${from} must be the URL of a node, such as https://voice.example.com; got "${value}"`)
}
