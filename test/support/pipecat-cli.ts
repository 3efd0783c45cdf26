import { createHash, randomUUID } from 'node:crypto'
import { pause } from './patience.ts'
import type { TestPlatform } from './platform.ts'

type Json = Record<string, unknown>

/** What a deployment has come to, as the command line judges it. */
export interface DeployOutcome {
  /** `method path-below-the-organization: status`, of what was asked before it waited. */
  readonly asked: readonly string[]
  readonly outcome: 'ready' | 'late' | { readonly code: string; readonly message: string }
}

/**
 * What Pipecat Cloud's command line, version 0.6.0, was seen to send: requests in its order, with its headers and, to the byte,
 * its bodies; and what it makes of the answers. It waits a shorter time between two looks.
 */
export class PipecatCli {
  readonly #platform: TestPlatform
  readonly #base: string
  readonly #token: string
  #asked: string[] = []

  constructor(platform: TestPlatform, token: string) {
    this.#platform = platform
    this.#base = `http://127.0.0.1:${platform.open.server.port}`
    this.#token = token
  }

  /** `pcc deploy name image --min-agents n --force`. */
  async deploy(name: string, what: { image: string } | { buildId: string }, minAgents = 0): Promise<DeployOutcome> {
    this.#asked = []
    await this.#organizations()
    await this.#ask('GET', '/properties')
    const known = (await this.#ask('GET', `/services/${name}`)).status !== 404
    const [[key, value] = ['', '']] = Object.entries(what)
    const scaling = `"autoScaling": {"minAgents": ${minAgents}}, "enableKrisp": false, "krispViva": {}`
    const body = `{"serviceName": "${name}", ${scaling}, "forceRedeploy": true, "${key}": "${value}"}`
    const { body: answer } = await this.#ask(known ? 'PUT' : 'POST', '/services', body)
    if (Object.keys(answer).length === 0) throw new Error('the answer to a deployment is empty')
    const asked = [...this.#asked]
    return { asked, outcome: await this.#wait(name) }
  }

  /** `pcc deploy` with a folder: the build of it, made or found. */
  async build(context: Uint8Array): Promise<{ asked: readonly string[]; buildId: string }> {
    this.#asked = []
    await this.#organizations()
    const { defaultRegion } = (await this.#ask('GET', '/properties')).body['properties'] as { defaultRegion: string }
    const hash = createHash('md5').update(context).digest('hex').slice(0, 16)
    const cached = await this.#ask('GET', `/builds?limit=1&contextHash=${hash}&region=${defaultRegion}&status=success`)
    const [found] = cached.body['builds'] as { id: string }[]
    if (found) return { asked: this.#asked, buildId: found.id }
    const region = `"region": "${defaultRegion}"`
    const { body: upload } = await this.#ask('POST', '/builds/upload-url', `{${region}}`)
    await this.#upload(upload, context)
    const order = `{"uploadId": "${String(upload['uploadId'])}", "dockerfilePath": "Dockerfile", ${region}}`
    const { id } = (await this.#ask('POST', '/builds', order)).body['build'] as { id: string }
    const asked = [...this.#asked]
    for (let look = 0; look < 120; look++) {
      const { status } = (await this.#ask('GET', `/builds/${id}`)).body['build'] as { status: string }
      if (status === 'success') return { asked, buildId: id }
      if (status === 'failed' || status === 'timeout') throw new Error(`the build is ${status}`)
      await pause(500)
    }
    throw new Error('the build takes too long')
  }

  /** `pcc agent sessions name`, `logs`, `deployments` and others that only read. */
  async read(path: string): Promise<Json> {
    await this.#organizations()
    return (await this.#ask('GET', path)).body
  }

  /** `pcc agent delete name --force`. */
  async delete(name: string): Promise<void> {
    await this.#organizations()
    const { status, body } = await this.#ask('DELETE', `/services/${name}`)
    if (status !== 200 || Object.keys(body).length === 0) throw new Error(`not deleted: ${status}`)
  }

  /** Ready, the first error, or neither in all the time that it takes. */
  async #wait(name: string): Promise<DeployOutcome['outcome']> {
    for (let look = 0; look < 120; look++) {
      const { status, body } = await this.#ask('GET', `/services/${name}`)
      // It breaks off with a stack trace then.
      if (status !== 200) throw new Error(`the agent is not there: ${status}`)
      const details = body['body'] as Json & { errors: { code: string; message: string }[] }
      const [error] = details.errors
      if (error) return { code: error.code, message: error.message }
      const reconciled = details['desiredDeploymentId'] === details['reconciledDeploymentId']
      if (reconciled && details['available'] && (details['ready'] || details['activeDeploymentReady'])) return 'ready'
      await pause(500)
    }
    return 'late'
  }

  /** Before every command, as long as nobody said which organization. */
  async #organizations(): Promise<void> {
    const answer = await fetch(`${this.#base}/v1/organizations`, { headers: this.#headers() })
    const { organizations } = (await answer.json()) as { organizations: { name: string; verboseName: string }[] }
    const [first] = organizations
    if (first?.name !== this.#platform.organization || !first.verboseName) throw new Error('another organization')
  }

  async #ask(method: string, path: string, body?: string): Promise<{ status: number; body: Json }> {
    const answer = await fetch(`${this.#base}/v1/organizations/${this.#platform.organization}${path}`, {
      method,
      headers: { ...this.#headers(), ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body }),
    })
    this.#asked.push(`${method} ${path}: ${answer.status}`)
    return { status: answer.status, body: (await answer.json()) as Json }
  }

  #headers() {
    return {
      authorization: `Bearer ${this.#token}`,
      'user-agent': 'PipecatCloudCLI/Unknown',
      accept: '*/*',
      'accept-encoding': 'gzip, deflate',
    }
  }

  async #upload({ uploadUrl, uploadFields }: Json, context: Uint8Array): Promise<void> {
    const boundary = randomUUID().replaceAll('-', '')
    const part = (headers: string) => `--${boundary}\r\n${headers}\r\n\r\n`
    const field = ([name, value]: [string, string]) =>
      `${part(`Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name="${name}"`)}${value}\r\n`
    const fields = Object.entries({ ...(uploadFields as Record<string, string>), 'Content-Type': 'application/gzip' })
    const file =
      'Content-Type: application/gzip\r\nContent-Disposition: form-data; name="file"; filename="context.tar.gz"'
    const answer = await fetch(String(uploadUrl), {
      method: 'POST',
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
      body: Buffer.concat([
        Buffer.from(fields.map(field).join('') + part(file)),
        context,
        Buffer.from(`\r\n--${boundary}--\r\n`),
      ]),
    })
    if (![200, 201, 204].includes(answer.status)) throw new Error(`the upload is answered with ${answer.status}`)
  }
}
