import type { Log } from '../../lib/log.ts'
import type { Database } from '../databases.ts'
import { makeKeyFile, readKeyFile } from './key-file.ts'
import { type KeyRing, parseKeys } from './key-ring.ts'
import { seal, type Sealed, unseal, wrongKey } from './seal.ts'

export interface VaultOptions {
  readonly folder: string
  readonly log: Log
  /** What `OFFHOOK_SECRET_KEY` says: keys separated by commas, the current one first. Without, a file in the folder has them. */
  readonly secretKey?: string
}

const valuesPerStep = 100

/** Seals and opens secret values. */
export class Vault {
  readonly #ring: KeyRing

  private constructor(ring: KeyRing) {
    this.#ring = ring
  }

  /** Throws `invalid` for a key that is none, and `wrong-secret-key` when the database has secrets that none of our keys opens. */
  static async open({ folder, log, secretKey }: VaultOptions, database: Database): Promise<Vault> {
    const used = await usedKeys(database)
    const [someUsed] = used
    // A new key would open nothing of what is there.
    const makeFile = () => (someUsed === undefined ? makeKeyFile(folder, log) : Promise.reject(wrongKey(someUsed)))
    const ring =
      secretKey === undefined
        ? ((await readKeyFile(folder, log)) ?? (await makeFile()))
        : parseKeys(secretKey, 'OFFHOOK_SECRET_KEY')
    const missing = used.find((keyId) => !ring.find(keyId))
    if (missing !== undefined) throw wrongKey(missing)
    return new Vault(ring)
  }

  seal(place: string, text: string): Sealed {
    return seal(this.#ring.current, place, text)
  }

  unseal(place: string, sealed: Sealed): string {
    return unseal(this.#ring, place, sealed)
  }

  /** Seals with the current key what was sealed with others, and gives the number of values. What breaks off can go on later. */
  async reseal(database: Database): Promise<number> {
    if (this.#ring.size === 1) return 0
    let count = 0
    for (const resealSome of [this.#resealSecrets, this.#resealStrongbox]) {
      for (let step = await resealSome(database); step > 0; step = await resealSome(database)) count += step
    }
    return count
  }

  readonly #resealSecrets = (database: Database): Promise<number> =>
    database.transaction().execute(async (transaction) => {
      const old = await transaction
        .selectFrom('secretValues')
        .selectAll()
        .where('keyId', '!=', this.#ring.current.id)
        .limit(valuesPerStep)
        .execute()
      for (const { setId, name, ...sealed } of old) {
        const place = placeOf(setId, name)
        await transaction
          .updateTable('secretValues')
          .set(this.seal(place, this.unseal(place, sealed)))
          .where('setId', '=', setId)
          .where('name', '=', name)
          // Not over what somebody else has just written.
          .where('sealed', '=', sealed.sealed)
          .execute()
      }
      return old.length
    })

  readonly #resealStrongbox = (database: Database): Promise<number> =>
    database.transaction().execute(async (transaction) => {
      const old = await transaction
        .selectFrom('sealedValues')
        .selectAll()
        .where('keyId', '!=', this.#ring.current.id)
        .limit(valuesPerStep)
        .execute()
      for (const { organizationId, name, ...sealed } of old) {
        const place = sealedValuePlace(organizationId, name)
        await transaction
          .updateTable('sealedValues')
          .set(this.seal(place, this.unseal(place, sealed)))
          .where('organizationId', '=', organizationId)
          .where('name', '=', name)
          .where('sealed', '=', sealed.sealed)
          .execute()
      }
      return old.length
    })
}

async function usedKeys(database: Database): Promise<readonly string[]> {
  const rows = [
    ...(await database.selectFrom('secretValues').select('keyId').distinct().execute()),
    ...(await database.selectFrom('sealedValues').select('keyId').distinct().execute()),
  ]
  return rows.map(({ keyId }) => keyId)
}

/** Of a value in the strongbox. */
export const sealedValuePlace = (organizationId: string, name: string): string =>
  `organization/${organizationId}/${name}`

export const placeOf = (setId: string, name: string): string => `${setId}/${name}`
