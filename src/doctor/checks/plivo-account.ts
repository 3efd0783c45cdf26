import { type Application, PlivoApiError, PlivoRest } from '../../plivo/index.ts'
import { messageOf } from '../../lib/errors.ts'
import { type Finding, networkTimeoutMs, type Setup } from '../finding.ts'

const check = 'Plivo account'

/** Whether Plivo takes the credentials, and an application of the account leads to this node. */
export async function checkPlivoAccount({
  config,
  clock,
}: Pick<Setup, 'config' | 'clock'>): Promise<readonly Finding[]> {
  const { plivoAuthId: authId, plivoAuthToken: authToken, plivoApiUrl: baseUrl, publicUrl } = config
  if (authToken === undefined) {
    const fix = 'set PLIVO_AUTH_TOKEN to the token of the account that owns the numbers'
    return [{ check, state: 'failed', message: 'offhook serve takes no call: it cannot check what Plivo signs', fix }]
  }
  if (authId === undefined) {
    const fix = 'set PLIVO_AUTH_ID as well'
    return [{ check, state: 'warning', message: 'bots cannot record, nor speak beside their stream', fix }]
  }
  try {
    const rest = new PlivoRest({ authId, authToken, baseUrl, timeoutMs: networkTimeoutMs, clock })
    const { items } = await rest.listApplications({})
    const known: Finding = {
      check,
      state: 'ok',
      message: `${authId} is known to ${new URL(baseUrl ?? 'https://api.plivo.com').host}`,
    }
    return publicUrl === undefined ? [known] : [known, ledHere(items, publicUrl)]
  } catch (error) {
    const fix =
      error instanceof PlivoApiError ? error.fix : 'copy PLIVO_AUTH_ID and PLIVO_AUTH_TOKEN from the console again'
    return [{ check, state: 'failed', message: messageOf(error), fix }]
  }
}

function ledHere(applications: readonly Application[], publicUrl: string): Finding {
  const name = 'Plivo application'
  const here = applications.filter(({ answerUrl }) => answerUrl?.startsWith(`${publicUrl}/plivo-xml?`))
  if (here.length > 0) return { check: name, state: 'ok', message: here.map((one) => one.answerUrl ?? '').join(', ') }
  const fix = 'make one in the console with the answer URL that offhook deploy prints, and link a number to it'
  return {
    check: name,
    state: 'warning',
    message: `none of the first ${applications.length} leads to ${publicUrl}`,
    fix,
  }
}
