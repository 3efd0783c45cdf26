/** What to do when a URL does not answer (section 2.5). */
export interface UrlSettings {
  readonly connectTimeoutMs: number
  readonly readTimeoutMs: number
  readonly totalTimeoutMs: number
  /** Tries after the first. */
  readonly retries: number
  /** Which failures are tried again. */
  readonly retryOn: ReadonlySet<RetryReason>
}

/** `ct`: no connection; `rt`: no answer on it. */
export type RetryReason = '4xx' | '5xx' | 'ct' | 'rt'

const reasons: readonly RetryReason[] = ['4xx', '5xx', 'ct', 'rt']

/** For stream status callbacks and media files, which no fragment changes (section 2.5). */
export const fixedSettings: UrlSettings = {
  connectTimeoutMs: 2_000,
  readTimeoutMs: 120_000,
  totalTimeoutMs: 300_000,
  retries: 1,
  retryOn: new Set(reasons),
}

export interface UrlWithSettings {
  /** Without the fragment: what is requested and signed. */
  readonly url: string
  readonly settings: UrlSettings
  /** What in the fragment was wrong, and so was not obeyed. */
  readonly problems: readonly string[]
}

/** Takes `#ct=2000&rt=5000&rc=2&rp=ct,rt` off a URL; what is missing or out of range has Plivo's default. */
export function parseUrlSettings(urlWithFragment: string): UrlWithSettings {
  const [url = '', fragment = ''] = urlWithFragment.split(/#(.*)/s)
  const given = new URLSearchParams(fragment)
  const problems: string[] = []
  const number = (key: string, least: number, most: number, standard: number): number => {
    const text = given.get(key)
    if (text === null) return standard
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    problems.push(`#${key} must be a whole number from ${least} to ${most}, got "${text}"`)
    return standard
  }
  const settings = {
    connectTimeoutMs: number('ct', 100, 10_000, 2_000),
    readTimeoutMs: number('rt', 100, 40_000, 40_000),
    totalTimeoutMs: number('tt', 100, 55_000, 55_000),
    retries: number('rc', 0, 5, 1),
    retryOn: parseRetryOn(given.get('rp'), problems),
  }
  return { url, settings, problems }
}

function parseRetryOn(text: string | null, problems: string[]): ReadonlySet<RetryReason> {
  if (text === null) return new Set(['ct', 'rt'])
  const names = text.split(',').map((name) => name.trim())
  if (names.includes('all')) return new Set(reasons)
  const known = reasons.filter((reason) => names.includes(reason))
  if (known.length < names.length) problems.push(`#rp must list ${reasons.join(', ')} or all, got "${text}"`)
  return new Set(known)
}

/** Stricter than `URL`, which mends `http:/host` and drops white space: what is requested is what is signed. */
export const isWebUrl = (text: string): boolean => /^https?:\/\/[^/?#@\s\\][^\s\\]*$/i.test(text) && URL.canParse(text)
