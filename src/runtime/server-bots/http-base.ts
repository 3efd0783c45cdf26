/** Where the other paths of a server bot are, beside its socket: `https://bot.example.com/a` for `wss://bot.example.com/a/ws`. */
export function httpBase(socketUrl: string): string {
  const { protocol, host, pathname } = new URL(socketUrl)
  const folder = pathname.replace(/\/+$/, '').replace(/\/ws$/, '')
  return `${protocol.replace(/^ws/, 'http')}//${host}${folder}`
}
