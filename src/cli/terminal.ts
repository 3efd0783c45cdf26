import { stripVTControlCharacters, styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

/** Colours only where a person looks: `styleText` leaves them out when the stream is no terminal. */
export const paint = (style: Style, text: string): string => styleText(style, text, { stream: process.stdout })

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/** What others wrote, in one line: it moves no cursor and looks like no other line. */
export const oneLine = (text: string): string =>
  text
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll(/\p{Cc}/gu, escaped)

/** What others wrote, with its lines, tabs and colours, and nothing else that a terminal obeys. */
export const harmless = (text: string): string =>
  text
    .replaceAll(/\r+$/gmu, '')
    .replaceAll(/(\u001B\[[\d;:]*m)|(?![\n\t])\p{Cc}/gu, (found, colour?: string) => colour ?? escaped(found))

/** Columns that a text takes. */
export const widthOf = (text: string): number => stripVTControlCharacters(text).length

/** As much of a line as fits, and its colours. Some terminals do not say how wide they are: they have 0 columns. */
export function cutLine(line: string, columns: number): string {
  if (columns < 1 || widthOf(line) <= columns) return line
  let room = columns - 1
  return line.replaceAll(/\u001B\[[\d;:]*m|./gu, (piece) => {
    if (piece.length > 1 && piece.startsWith('\u001B')) return piece
    room--
    return room >= 0 ? piece : room === -1 ? '…' : ''
  })
}

/** Seconds with milliseconds, right-aligned: `  1.204 s`. */
export const clockText = (ms: number): string => `${(ms / 1000).toFixed(3).padStart(8)} s`
