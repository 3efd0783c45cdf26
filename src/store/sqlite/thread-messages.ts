/** What the store's thread is started with. */
export interface ThreadSettings {
  readonly path: string
  readonly readOnly: boolean
}

export interface Statement {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

interface StatementRequest extends Statement {
  readonly id: number
}

export interface StatementResult {
  readonly rows: Record<string, unknown>[]
  readonly changes: number
}

export type ThreadReply =
  /** The database is open. */
  | { readonly type: 'ready' }
  | { readonly type: 'result'; readonly id: number; readonly result: StatementResult }
  | { readonly type: 'failure'; readonly id: number; readonly message: string; readonly code: number | undefined }

export type ThreadRequest = { readonly type: 'close' } | ({ readonly type: 'run' } & StatementRequest)
