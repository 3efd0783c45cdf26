/** What was claimed of an utterance, and what was so. Milliseconds. */
export interface Claim {
  readonly utterance: number
  readonly heardMs: number
  readonly uncertaintyMs: number
  readonly truthMs: number
  readonly cut: boolean
  /** Stretches between clears in which the carrier got some of it: more than one if it was sent again. */
  readonly parts: number
}

/** Claims that do not hold. */
export const wrongClaims = (claims: readonly Claim[]): Claim[] =>
  claims.filter(({ heardMs, uncertaintyMs, truthMs }) => Math.abs(truthMs - heardMs) > uncertaintyMs + 1e-6)

/** How good claims are: `error` is what they are off by, `uncertainty` what they say they may be off by. */
export interface Quality {
  readonly claims: number
  readonly cut: number
  readonly wrong: number
  readonly errorOfCutP50: number
  readonly errorP99: number
  readonly errorMax: number
  readonly uncertaintyP50: number
  readonly uncertaintyP99: number
  readonly uncertaintyMax: number
}

export function qualityOf(claims: readonly Claim[]): Quality {
  const cut = claims.filter((claim) => claim.cut)
  const errors = sorted(claims.map(errorOf))
  const uncertainties = sorted(claims.map(({ uncertaintyMs }) => uncertaintyMs))
  return {
    claims: claims.length,
    cut: cut.length,
    wrong: wrongClaims(claims).length,
    errorOfCutP50: quantile(sorted(cut.map(errorOf)), 0.5),
    errorP99: quantile(errors, 0.99),
    errorMax: quantile(errors, 1),
    uncertaintyP50: quantile(uncertainties, 0.5),
    uncertaintyP99: quantile(uncertainties, 0.99),
    uncertaintyMax: quantile(uncertainties, 1),
  }
}

const errorOf = ({ heardMs, truthMs }: Claim) => Math.abs(heardMs - truthMs)
const sorted = (values: readonly number[]) => values.toSorted((a, b) => a - b)
const quantile = (values: readonly number[], share: number) => values[Math.ceil(values.length * share) - 1] ?? 0
