import { BlockList, isIPv6 } from 'node:net'

/** Proxies in front of a node, whose `X-Forwarded-*` headers are believed. */
export class TrustedProxies {
  readonly #proxies = new BlockList()

  /** Addresses or networks (`10.0.0.0/8`). */
  constructor(networks: readonly string[]) {
    for (const network of networks) {
      const [address = '', prefix] = network.split('/')
      const family = isIPv6(address) ? 'ipv6' : 'ipv4'
      if (prefix === undefined) this.#proxies.addAddress(address, family)
      else this.#proxies.addSubnet(address, Number(prefix), family)
    }
  }

  trusts(address: string | undefined): boolean {
    if (address === undefined) return false
    const plain = plainAddress(address)
    return this.#proxies.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4')
  }

  /**
   * Who asks: the last one that a trusted proxy has seen and that is no trusted proxy itself. What stands further left in
   * `X-Forwarded-For` anybody can have written.
   */
  clientOf(address: string | undefined, forwardedFor: string | undefined): string {
    let client = plainAddress(address ?? '')
    const hops = (forwardedFor ?? '').split(',').map((hop) => plainAddress(hop.trim()))
    while (this.trusts(client)) {
      const hop = hops.pop()
      if (!hop) break
      client = hop
    }
    return client
  }
}

/** `::ffff:1.2.3.4` is how a socket for both kinds shows 1.2.3.4. */
const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/, '')
