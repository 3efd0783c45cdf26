import type { Config } from '../config.ts'

/** Plivo's REST API, where its credentials are known. Bots use it through the node, for their own calls; they never see it. */
export const plivoApiOf = ({ plivoAuthId: authId, plivoAuthToken: authToken, plivoApiUrl: baseUrl }: Config) =>
  authId === undefined || authToken === undefined ? undefined : { authId, authToken, baseUrl }
