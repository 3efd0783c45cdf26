export interface CredentialsOptions {
  /** `MA…` or `SA…`. */
  readonly authId: string
  readonly authToken: string
  /** Of the API. */
  readonly baseUrl: URL
}

/** The account's id and token. They go to Plivo and to nobody else, and cannot be seen from outside. */
export class Credentials {
  readonly #authorization: string
  readonly #secrets: readonly string[]
  readonly #apiOrigin: string

  /** @throws RangeError when the id or the token cannot be one. The message does not show the token. */
  constructor({ authId, authToken, baseUrl }: CredentialsOptions) {
    if (!/^[A-Za-z0-9_-]+$/.test(authId)) throw new RangeError('authId must consist of letters and digits, as MA…')
    if (!/^[\x21-\x7e]+$/.test(authToken)) throw new RangeError('authToken must be ASCII without spaces')
    const encoded = Buffer.from(`${authId}:${authToken}`).toString('base64')
    this.#authorization = `Basic ${encoded}`
    this.#secrets = [encoded, authToken]
    this.#apiOrigin = baseUrl.origin
  }

  /**
   * HTTP Basic, for the API itself and for Plivo's own hosts over TLS. Undefined for all others: the URL of a recording
   * comes from outside, and may lead anywhere.
   */
  authorizationFor({ origin, protocol, hostname }: URL): string | undefined {
    const isPlivo = protocol === 'https:' && /^(?:.+\.)?plivo\.com$/.test(hostname)
    return isPlivo || origin === this.#apiOrigin ? this.#authorization : undefined
  }

  /** The text, in case that a far side repeats what it was sent. */
  withoutSecrets(text: string): string {
    return this.#secrets.reduce((clean, secret) => clean.replaceAll(secret, '[hidden]'), text)
  }
}
