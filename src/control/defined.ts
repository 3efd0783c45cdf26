type Defined<T> = { [Name in keyof T]?: Exclude<T[Name], undefined> }

/** The fields of `given` that have a value: what a client left out stays as it is. */
export const defined = <T extends object>(given: T): Defined<T> =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Defined<T>
