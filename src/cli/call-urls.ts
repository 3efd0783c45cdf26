import type { Connection } from './connect.ts'

/** What a number or an application at Plivo is given. */
export interface CallUrls {
  readonly answerUrl: string
  readonly hangupUrl: string
}

export function callUrlsOf({ url, organization }: Pick<Connection, 'url' | 'organization'>, agent: string): CallUrls {
  const query = new URLSearchParams({ agent, org: organization })
  return { answerUrl: `${url}/plivo-xml?${query.toString()}`, hangupUrl: `${url}/plivo/hangup` }
}
