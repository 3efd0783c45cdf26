/** The one agent of the bench. */
export const agent = { name: 'bench', organization: 'local' }

/** Webhooks are signed with it, as Plivo signs them, so that checking a signature is part of what is measured. */
export const plivoAuthToken = 'the auth token of nobody'
