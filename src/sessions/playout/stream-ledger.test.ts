import { beforeEach, describe, expect, test } from 'vitest'
import { HeardAccount } from './heard-account.ts'
import { StreamLedger } from './stream-ledger.ts'

let ledger: StreamLedger
let first: HeardAccount
let second: HeardAccount

const account = (utterance: number, totalMs: number) => {
  const made = new HeardAccount(utterance, 'play', 0)
  made.totalMs = totalMs
  return made
}
const limits = (of: HeardAccount, nowMs: number) => {
  const { heardMs, uncertaintyMs } = ledger.heard(of, nowMs)
  return [heardMs - uncertaintyMs, heardMs + uncertaintyMs]
}

/** Sends 40 ms at a time, each with a checkpoint behind it, all at once. */
function send(of: HeardAccount, ms: number, nowMs: number, firstMark: number): void {
  for (let sent = 0; sent < ms; sent += 40) {
    ledger.add(40, nowMs, of)
    ledger.mark(firstMark + sent / 40, nowMs)
  }
}

beforeEach(() => {
  ledger = new StreamLedger()
  first = account(1, 200)
  second = account(2, 200)
})

describe('audio of several utterances', () => {
  test('is heard in the order in which it was sent', () => {
    send(first, 200, 0, 1)
    send(second, 200, 0, 6)
    ledger.acknowledge(7, 300)
    expect(ledger.heard(first, 300)).toEqual({ heardMs: 200, uncertaintyMs: 0 })
    expect(first.open).toBe(0)
    expect(limits(second, 300)[0]).toBeLessThanOrEqual(80)
    ledger.acknowledge(10, 420)
    expect(ledger.heard(second, 420)).toEqual({ heardMs: 200, uncertaintyMs: 0 })
    expect(ledger.allHeard).toBe(true)
  })

  test('may be mixed', () => {
    for (let n = 0; n < 10; n++) ledger.add(20, 0, n % 2 === 0 ? first : second)
    ledger.mark(1, 0)
    expect([first.open, second.open]).toEqual([5, 5])
    ledger.acknowledge(1, 200)
    expect([first.open, second.open]).toEqual([0, 0])
    first.totalMs = 100
    expect(ledger.heard(first, 200)).toEqual({ heardMs: 100, uncertaintyMs: 0 })
  })

  test('is one piece, however long, while it is of one', () => {
    for (let n = 0; n < 1000; n++) ledger.add(20, n * 20, first)
    expect(first.open).toBe(1)
  })

  test("is nobody's when it has no account", () => {
    ledger.add(1000, 0)
    send(first, 200, 0, 1)
    expect(ledger.heard(first, 900).heardMs).toBe(0)
    ledger.acknowledge(5, 1200)
    expect(ledger.heard(first, 1200).heardMs).toBe(200)
  })
})

describe('what was cleared', () => {
  test('counts with what was sent again behind it', () => {
    send(first, 200, 0, 1)
    ledger.acknowledge(1, 45)
    ledger.clear(100, 'node')
    send(first, 120, 100, 6)
    expect(ledger.cleared(105)).toBe('node')
    ledger.acknowledge(8, 240)
    expect(first.open).toBe(0)
    // Of the first part 40 ms were acknowledged, and 80 ms were not.
    const { heardMs, uncertaintyMs } = ledger.heard(first, 240)
    expect(heardMs).toBeGreaterThanOrEqual(40 + 120)
    expect(heardMs).toBeLessThanOrEqual(100 + 120)
    expect(uncertaintyMs).toBeLessThanOrEqual(40)
  })

  test('is settled by an acknowledgement of what came after it, where the answer to the clear is missing', () => {
    send(first, 200, 0, 1)
    ledger.acknowledge(1, 45)
    ledger.clear(60, 'node')
    expect(first.open).toBe(1)
    send(second, 40, 60, 6)
    ledger.acknowledge(6, 120)
    expect(first.open).toBe(0)
    expect(ledger.heard(first, 120).uncertaintyMs).toBeLessThanOrEqual(40)
    expect(ledger.cleared(130)).toBeUndefined()
  })

  test('may be acknowledged until the carrier says that it has cleared', () => {
    send(first, 200, 0, 1)
    ledger.clear(100, 'bot')
    expect(ledger.acknowledge(3, 125)).toBe(true)
    expect(ledger.cleared(130)).toBe('bot')
    expect(ledger.heard(first, 130).heardMs).toBeGreaterThanOrEqual(120)
    expect(ledger.acknowledge(4, 140)).toBe(false)
  })

  test('is not kept for ever for a carrier that never answers', () => {
    send(first, 200, 0, 1)
    for (let n = 0; n < 200; n++) ledger.clear(100 + n, 'node')
    expect(first.open).toBe(0)
    expect(limits(first, 1000)).toEqual([0, 200])
  })
})

describe('a carrier that lost an acknowledgement', () => {
  test('is not believed that what it did not acknowledge was not heard', () => {
    send(first, 200, 0, 1)
    ledger.acknowledge(2, 90)
    ledger.close('in-order', 300)
    expect(limits(first, 300)[1]).toBeGreaterThanOrEqual(200)
  })
})

describe("a carrier's clock", () => {
  /** A second is sent, with a checkpoint every 200 ms; the carrier plays at once, tells the time, and acknowledges. */
  const play = (playedMs: number, backMs: (ms: number) => number = () => 0) => {
    first.totalMs = 1000
    for (let mark = 1; mark <= 5; mark++) {
      ledger.add(200, 0, first)
      ledger.mark(mark, 0)
    }
    for (let ms = 0; ms <= playedMs; ms += 20) {
      ledger.tick(ms, ms + backMs(ms))
      if (ms > 0 && ms % 200 === 0) ledger.acknowledge(ms / 200, ms + backMs(ms))
    }
  }
  const afterClear = (answeredAt: number) => {
    ledger.clear(500, 'node')
    ledger.cleared(answeredAt)
    return ledger.heard(first, answeredAt).uncertaintyMs
  }

  test('says how far it went on since its last checkpoint', () => {
    play(500)
    expect(afterClear(510)).toBeLessThanOrEqual(40)
    expect(limits(first, 510)[0]).toBeGreaterThan(400)
  })

  test('is not believed when the answer to the clear was long under way', () => {
    play(500)
    for (let ms = 520; ms <= 700; ms += 20) ledger.tick(ms, ms)
    afterClear(710)
    expect(limits(first, 710)[0]).toBeLessThanOrEqual(400)
  })

  test('is not believed when its words stalled not long ago', () => {
    play(500, (ms) => (ms < 300 ? Math.max(ms, 280) - ms : 0))
    afterClear(510)
    expect(limits(first, 510)[0]).toBeLessThanOrEqual(400)
  })

  test('does not say when it stopped, where it does not answer the clear', () => {
    play(500)
    ledger.clear(500, 'node')
    ledger.add(100, 500, second)
    ledger.mark(6, 500)
    for (let ms = 520; ms <= 620; ms += 20) ledger.tick(ms, ms)
    ledger.acknowledge(6, 620)
    expect(limits(first, 620)[0]).toBeLessThanOrEqual(400)
  })
})

describe('audio that the carrier may not have taken', () => {
  test('is not certain to have been heard, whatever was acknowledged behind it', () => {
    ledger.add(200, 0, first, true)
    ledger.mark(1, 0)
    ledger.acknowledge(1, 230)
    const [low = 0, high = 0] = limits(first, 230)
    expect(low).toBeLessThanOrEqual(0)
    expect(high).toBeGreaterThanOrEqual(200)
  })
})
