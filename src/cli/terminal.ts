import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

/** Colours only where a person looks: `styleText` leaves them out when the stream is no terminal. */
export const paint = (style: Style, text: string): string => styleText(style, text, { stream: process.stdout })

/** Seconds with milliseconds, right-aligned: `  1.204 s`. */
export const clockText = (ms: number): string => `${(ms / 1000).toFixed(3).padStart(8)} s`
