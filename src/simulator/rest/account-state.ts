import { encodeApplication, readApplication, type Application } from './applications.ts'
import { encodeCallDetails, readCallDetails, type CallDetails } from './call-details.ts'
import { encodeNumber, readNumberState, type RentedNumber } from './numbers.ts'
import { encodeRecording, readRecording, type Recording } from './recordings.ts'
import type { RequestFields } from './request-fields.ts'

/** Things by their ids, in the order in which they came; when there are too many, the oldest go. */
export class Collection<T> {
  readonly #things = new Map<string, T>()
  readonly #idOf: (thing: T) => string
  readonly #onChange: () => void
  readonly #most: number

  constructor(idOf: (thing: T) => string, onChange: () => void, most = Number.POSITIVE_INFINITY) {
    this.#idOf = idOf
    this.#onChange = onChange
    this.#most = most
  }

  get all(): readonly T[] {
    return [...this.#things.values()]
  }

  get newestFirst(): readonly T[] {
    return this.all.toReversed()
  }

  find(id: string): T | undefined {
    return this.#things.get(id)
  }

  put(thing: T): void {
    this.#things.set(this.#idOf(thing), thing)
    const [oldest] = this.#things.keys()
    if (this.#things.size > this.#most && oldest !== undefined) this.#things.delete(oldest)
    this.#onChange()
  }

  delete(id: string): boolean {
    const was = this.#things.delete(id)
    if (was) this.#onChange()
    return was
  }
}

/** A row of the data file: flat, in the words of the API. */
type StateRow = Readonly<Record<string, string | number | boolean>>
type StateTable = 'applications' | 'numbers' | 'calls' | 'recordings'
export type StateRows = Readonly<Record<StateTable, readonly StateRow[]>>

/** What an account has, and what it remembers of its calls. */
export class AccountState {
  readonly applications: Collection<Application>
  readonly numbers: Collection<RentedNumber>
  readonly calls: Collection<CallDetails>
  readonly recordings: Collection<Recording>

  /** `onChange` is called after every change; `mostRecords` bounds calls and recordings, each. */
  constructor(onChange: () => void, mostRecords: number) {
    this.applications = new Collection((application) => application.appId, onChange)
    this.numbers = new Collection((number) => number.number, onChange)
    this.calls = new Collection((call) => call.callUuid, onChange, mostRecords)
    this.recordings = new Collection((recording) => recording.recordingId, onChange, mostRecords)
  }

  get rows(): StateRows {
    return {
      applications: this.applications.all.map(encodeApplication),
      numbers: this.numbers.all.map(encodeNumber),
      calls: this.calls.all.map(encodeCallDetails),
      recordings: this.recordings.all.map(encodeRecording),
    }
  }

  /** @throws ApiError that names the field, when a row is not as {@link rows} writes it. */
  load(tables: Readonly<Record<StateTable, readonly RequestFields[]>>): void {
    for (const row of tables.applications) this.applications.put(readApplication(row, row.required('app_id')))
    for (const row of tables.numbers) this.numbers.put(readNumberState(row))
    for (const row of tables.calls) this.calls.put(readCallDetails(row))
    for (const row of tables.recordings) this.recordings.put(readRecording(row))
  }
}
