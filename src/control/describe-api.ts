import type { ControlApp } from './control-env.ts'
import { docsPage, docsPagePolicy } from './docs-page.ts'

const info = {
  title: 'Offhook API',
  version: 'v1',
  description:
    'Four surfaces on one host: start sessions with a public key, manage agents with a private key, the API of the ' +
    'pipecatcloud command line with a personal access token, and what only Offhook has.',
}

const securitySchemes = {
  publicKey: 'A public API key (pk_…): starts sessions.',
  privateKey: 'A private API key: manages the agents of its organization.',
  personalAccessToken: 'A personal access token (pcc_pat_…): stands for a user.',
}

/** `/openapi.json` for tools and `/docs` for people, both from the contract. */
export function describeApi(app: ControlApp): void {
  for (const [name, description] of Object.entries(securitySchemes)) {
    app.openAPIRegistry.registerComponent('securitySchemes', name, { type: 'http', scheme: 'bearer', description })
  }
  const build = () => app.getOpenAPI31Document({ openapi: '3.1.0', info })
  let built: ReturnType<typeof build> | undefined
  const document = () => (built ??= build())
  app.get('/openapi.json', (context) => context.json(document()))
  app.get('/docs', (context) => {
    context.header('content-security-policy', docsPagePolicy)
    return context.html(docsPage(JSON.parse(JSON.stringify(document()))))
  })
}
