/** Structured logging as the rest of the code sees it; `pino` satisfies it. Fields first, then a sentence. */
export interface Log {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
  /** A log whose every line carries `fields`. */
  child(fields: LogFields): Log
}

export type LogFields = Readonly<Record<string, unknown>>

const nothing = () => undefined

export const silentLog: Log = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => silentLog,
}
