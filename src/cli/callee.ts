import { InvalidArgumentError } from 'commander'
import type { PhoneBehaviour, Phones } from '../simulator/index.ts'

/** How long a person takes to lift a receiver. */
const liftMs = 1500

const behaviours: Readonly<Record<string, PhoneBehaviour>> = {
  answers: { answers: liftMs },
  accepts: {
    answers: liftMs,
    script: [{ do: 'wait-for-audio' }, { do: 'wait-for-quiet' }, { do: 'press', digits: '1' }],
  },
  busy: { busy: true },
  rejects: { rejects: true },
  'no-answer': { noAnswer: true },
}

/** Reads `14155550123=busy` and adds it to the phones that were given before. */
export function readCallee(value: string, before: Phones = {}): Phones {
  const [number = '', behaviour = ''] = value.split('=')
  const phone = behaviours[behaviour]
  const names = Object.keys(behaviours).join(', ')
  if (number === '' || !phone) throw new InvalidArgumentError(`Write number=behaviour, with one of ${names}.`)
  return { ...before, [number]: phone }
}
