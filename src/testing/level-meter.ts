const bars = ' ▁▂▃▄▅▆▇█'
const quietestDbfs = -50
const loudestDbfs = -6
/** One character for each. */
export const meterStepMs = 100
const charactersPerLine = 50

/** Levels over time as lines of bars, 5 s in each. A space is what nobody hears. */
export function drawLevels(fromMs: number, levels: readonly number[]): string[] {
  const lines: string[] = []
  for (let at = 0; at < levels.length; at += charactersPerLine) {
    const row = levels.slice(at, at + charactersPerLine).map(barOf)
    lines.push(`${secondsText(fromMs + at * meterStepMs)} |${row.join('')}|`)
  }
  return lines
}

function barOf(dbfs: number): string {
  if (dbfs < quietestDbfs) return ' '
  const share = (dbfs - quietestDbfs) / (loudestDbfs - quietestDbfs)
  return bars[Math.min(bars.length - 1, 1 + Math.floor(share * (bars.length - 1)))] ?? ' '
}

/** `  2.340 s`, so that times stand below one another. */
export const secondsText = (ms: number): string => `${(ms / 1000).toFixed(3).padStart(8)} s`
