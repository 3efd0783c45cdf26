import { mkdtempDisposable, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ManualClock } from '../../lib/manual-clock.ts'
import { AccountState, type StateRows } from './account-state.ts'
import { DataFile, loadDataFile } from './data-file.ts'

const temporaryFolder = () => mkdtempDisposable(join(tmpdir(), 'data-file-'))

function openFile(path: string) {
  const clock = new ManualClock()
  const errors: unknown[] = []
  const state = new AccountState(() => file.changed(), 3)
  const written: StateRows[] = []
  const rows = () => {
    written.push(state.rows)
    return state.rows
  }
  const file = new DataFile({ path, clock, rows, onError: (error) => void errors.push(error) })
  return { clock, errors, state, file, written }
}

const number = (digits: string) => ({
  number: digits,
  appId: undefined,
  alias: 'desk',
  subaccount: undefined,
  cnamLookup: undefined,
  addedAt: 1_700_000_000_000,
})

test('changes close to one another are written once, and nothing but the file is left', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'deep', 'account.json')
  const { state, file, written, clock } = openFile(path)
  state.numbers.put(number('14155550100'))
  state.numbers.put(number('14155550101'))
  expect(clock.pending).toBe(1)
  await file[Symbol.asyncDispose]()
  await file[Symbol.asyncDispose]()
  expect(written).toHaveLength(1)
  expect(clock.pending).toBe(0)
  expect(await readdir(join(folder.path, 'deep'))).toEqual(['account.json'])
  const again = new AccountState(() => undefined, 3)
  await loadDataFile(path, again)
  expect(again.rows).toEqual(state.rows)
  expect(again.numbers.all).toEqual(state.numbers.all)
})

test('what could not be written is told, and tried again with the next change', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'file', 'account.json')
  await writeFile(join(folder.path, 'file'), 'in the way')
  const { state, file, errors } = openFile(path)
  state.numbers.put(number('14155550100'))
  await file.flush()
  await file.flush()
  expect(errors).toHaveLength(2)
  expect(await readFile(join(folder.path, 'file'), 'utf8')).toBe('in the way')
})

test('without a file there is nothing yet', async () => {
  await using folder = await temporaryFolder()
  const state = new AccountState(() => undefined, 3)
  await loadDataFile(join(folder.path, 'none.json'), state)
  expect(state.rows).toEqual({ applications: [], numbers: [], calls: [], recordings: [] })
})

test.each([
  ['', 'the body is not JSON'],
  ['{"version":2}', 'its version must be 1'],
  ['{"version":1}', 'applications must be a list of objects'],
  ['{"version":1,"applications":[],"numbers":[{}],"calls":[],"recordings":[]}', 'number parameter is missing'],
])('a file with %j is refused by its name', async (text, problem) => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'account.json')
  await writeFile(path, text)
  const loading = loadDataFile(path, new AccountState(() => undefined, 3))
  await expect(loading).rejects.toThrow(`${path} is no data file of the simulator: ${problem}`)
})

test('only so many calls and recordings are remembered, the latest', () => {
  const { state } = openFile('unused')
  for (let i = 1; i <= 5; i++) {
    const times = { startedAt: i, endedAt: i, durationMs: 0 }
    state.recordings.put({ recordingId: String(i), callUuid: 'c', from: '', to: '', file: undefined, ...times })
  }
  expect(state.recordings.newestFirst.map(({ recordingId }) => recordingId)).toEqual(['5', '4', '3'])
})
