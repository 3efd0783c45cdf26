import type { CallPlan } from './call.ts'
import type { CallerAction } from './caller-script.ts'
import type { Fallback } from './fetch-document.ts'
import { callerHungUp, cancelled } from './hangup-causes.ts'
import type { DocumentAddress } from './live-call.ts'
import { runDocuments } from './run-documents.ts'
import type { Assumptions } from './assumptions.ts'

/** Somebody calls a Plivo number (section 1.1). */
export const inboundPlan = (
  {
    answer,
    fallback,
    script,
  }: { answer: DocumentAddress; fallback?: Fallback | undefined; script: readonly CallerAction[] },
  assumptions: Assumptions,
): CallPlan => ({
  answerUrl: answer.url,
  script,
  run: (call) => runDocuments({ purpose: 'answer', ...answer }, fallback, call),
  hungUp: (answered) => (answered ? callerHungUp : cancelled(assumptions.cancelledCallCode)),
})
