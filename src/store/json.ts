type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject

export interface JsonObject {
  [name: string]: JsonValue
}

/** Reads back what `JSON.stringify` wrote into a column. */
export const readJson = (text: string): JsonObject => JSON.parse(text) as JsonObject

export const readOptionalJson = (text: string | null): JsonObject | null => (text === null ? null : readJson(text))
