import { randomBytes } from 'node:crypto'
import { nodeProof, nonceHeader, proofHeader } from '../../gateway/node-proof.ts'
import { type Finding, type LocalNode, networkTimeoutMs, type Setup } from '../finding.ts'
import { networkReason } from '../network-reason.ts'

const check = 'public URL'

/** Whether Plivo's way leads to this node, with TLS that holds, and takes WebSockets along. */
export async function checkPublicUrl({ config, node }: Pick<Setup, 'config' | 'node'>): Promise<readonly Finding[]> {
  const { publicUrl } = config
  if (publicUrl === undefined) {
    const fix = 'set OFFHOOK_PUBLIC_URL=https://voice.example.com: what Plivo signs begins with it'
    return [{ check, state: 'warning', message: 'it is taken from each request, as a proxy passes it on', fix }]
  }
  const findings: Finding[] = []
  if (publicUrl.startsWith('http:')) {
    const fix = 'give it a certificate (OFFHOOK_TLS_CERT, or a proxy with TLS), and begin it with https'
    findings.push({ check, state: 'warning', message: 'calls go over the internet without TLS', fix })
  }
  if (!node) {
    findings.push({
      check,
      state: 'skipped',
      message: `${publicUrl}: no node runs to be reached; start one, and ask again`,
    })
    return findings
  }
  const reached = await reach(publicUrl, node)
  findings.push(reached)
  if (reached.state === 'ok') findings.push(await checkSockets(publicUrl))
  return findings
}

async function reach(publicUrl: string, { authToken }: LocalNode): Promise<Finding> {
  const nonce = randomBytes(16).toString('hex')
  try {
    const signal = AbortSignal.timeout(networkTimeoutMs)
    const reply = await fetch(`${publicUrl}/healthz`, { headers: { [nonceHeader]: nonce }, redirect: 'manual', signal })
    await reply.body?.cancel()
    if (reply.headers.get(proofHeader) === nodeProof(authToken, nonce))
      return { check, state: 'ok', message: `${publicUrl} leads to this node` }
    const message = `something else answers at ${publicUrl}, with HTTP ${reply.status}`
    return {
      check,
      state: 'failed',
      message,
      fix: 'let the proxy, tunnel or DNS entry lead to this node, all paths of it',
    }
  } catch (error) {
    const { reason, fix } = networkReason(error)
    return { check, state: 'failed', message: `${publicUrl} is not reached: ${reason}`, fix }
  }
}

/** A stream of an agent that nobody has: this node refuses it by name, and a proxy that passes no upgrades on does not. */
async function checkSockets(publicUrl: string): Promise<Finding> {
  const name = 'WebSockets'
  const stranger = 'nobody.offhook-doctor'
  const answer = await upgrade(`${publicUrl}/ws/plivo?serviceHost=${stranger}`)
  if (answer.includes(stranger)) return { check: name, state: 'ok', message: 'pass through to this node' }
  const fix =
    'let the proxy pass Upgrade and Connection on (nginx: proxy_http_version 1.1 and two proxy_set_header lines)'
  return { check: name, state: 'failed', message: 'do not pass through: every call would be silent', fix }
}

async function upgrade(url: string): Promise<string> {
  const { request } = url.startsWith('https:') ? await import('node:https') : await import('node:http')
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
  }
  return new Promise((resolve) => {
    const asked = request(url, { headers, timeout: networkTimeoutMs }, (reply) => {
      let text = ''
      reply.setEncoding('utf8').on('data', (piece: string) => {
        text += piece
      })
      reply.once('end', () => resolve(text))
      reply.once('error', () => resolve(text))
    })
    asked.once('upgrade', (_reply, socket) => {
      socket.destroy()
      resolve('')
    })
    asked.once('timeout', () => asked.destroy())
    asked.once('error', () => resolve(''))
    asked.end()
  })
}
