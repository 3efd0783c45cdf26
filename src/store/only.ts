/** The named fields of `given` and no others: what a caller passes along unread never becomes a column. */
export function only<T extends object, K extends keyof T>(given: T, names: readonly K[]): Pick<T, K> {
  const entries = names.filter((name) => given[name] !== undefined).map((name) => [name, given[name]])
  return Object.fromEntries(entries) as Pick<T, K>
}
