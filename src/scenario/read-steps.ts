import { readStep } from './read-step.ts'
import type { SourceValue } from './source-value.ts'
import type { PlacedStep } from './step.ts'

/** Those of the one whose call it is. */
export const readSteps = (value: SourceValue): readonly PlacedStep[] => readList(value, readStep)

/** Those of somebody who was dialled: what the XML of the call has, only the call knows. */
export const readPhoneSteps = (value: SourceValue): readonly PlacedStep[] =>
  readList(value, (item) => {
    const placed = readStep(item)
    const { do: name } = placed.step
    if (name === 'expect' || name === 'expect-event' || name === 'expect-latency')
      item.fail(`is no step of a dialled telephone: put it among the steps of the scenario`)
    return placed
  })

function readList(value: SourceValue, read: (item: SourceValue) => PlacedStep): readonly PlacedStep[] {
  const items = value.list('a list: each step on a line of its own that begins with "- "')
  if (items.length === 0) value.fail('is empty: list what is done and expected')
  return items.flatMap((item) => value.file.attempt(() => read(item)) ?? [])
}
