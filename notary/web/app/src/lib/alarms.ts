// What an alarm is at a moment, told from its steps.

import type { Alarm } from '../api/types'

export type Standing = 'unanswered' | 'answered' | 'cleared'

// asOf is the alarm as the centre knew it then; null if it did not know it.
export function asOf(a: Alarm, at: number | null): Alarm | null {
  if (at === null) return a
  const steps = a.steps.filter((s) => (s.at || s.time) <= at)
  const first = steps.find((s) => s.step === 'raised')
  if (!first) return null
  let cleared = 0
  let answered = false
  for (const s of steps) {
    if (s.step === 'raised') {
      cleared = 0
      answered = false
    } else if (s.step === 'cleared') cleared = s.time
    else if (s.step === 'acknowledged') answered = true
  }
  return { ...a, steps, cleared, answered }
}

export function standing(a: Alarm): Standing {
  if (!a.answered) return 'unanswered'
  return a.cleared ? 'cleared' : 'answered'
}

export function unansweredFirst(a: Alarm, b: Alarm): number {
  return Number(a.answered) - Number(b.answered) || Number(a.cleared > 0) - Number(b.cleared > 0) || b.raised - a.raised
}
