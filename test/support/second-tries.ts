import type { Reporter, TestModule } from 'vitest/node'

/** Says at the end of a run which tests passed at their second try only, and what the first one found. */
export class SecondTries implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        if (test.diagnostic()?.flaky !== true) continue
        const [first] = test.result().errors ?? []
        console.log(`*** PASSED AT ITS SECOND TRY ONLY: ${module.relativeModuleId} > ${test.fullName}`)
        const [what = first?.message, where = ''] = (first?.stack ?? '').split('\n    at ')
        console.log(`    ${what}\n    ${where}\n`)
      }
    }
  }
}
