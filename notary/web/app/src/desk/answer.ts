// What the verifier answers: the JSON of cmd/fieldseal-wasm, field by field.

import type { Both } from '../lib/lang.svelte'

export type Status = 'genuine' | 'pending' | 'uncheckable' | 'altered'

/** How a status looks; the verifier says it, so that page and terminal agree. */
export interface Look {
  status: Status
  word: Both
  mark: string
  colour: 'green' | 'yellow' | 'magenta' | 'red'
}

export interface About {
  statuses: Look[] // from best to worst
  questions: { question: string; title: Both }[]
  limits: { file: number; trust: number } // bytes
  extension: string
}

/** One line under an opened rung. */
export interface Step {
  label: Both
  value: string
  kind: 'input' | 'computed'
  match?: boolean // only where two values are compared
}

export interface Rung {
  name: string
  title: Both
  question: string
  status: Status
  detail: Both
  remedy?: Both
  workings: Step[]
}

export interface Subject {
  kind: string
  site: string
  site_name: string
  gateway: string
  gateway_name: string
  point: string
  value?: string
  unit?: string
  measured?: number // Unix µs, as all times here
  sealed?: number
  lower?: number
  upper?: number
  from?: number
  to?: number
  readings: number
  gaps: number
  anchor: string
}

export interface Verdict {
  verdict: Status
  independence: string
  sentence: Both
  questions: Record<string, Status>
  rungs: Rung[]
  findings: Both[] | null
  not_proved: Both[] | null
  trust: { name: string; version: number; fingerprint: string }
  subject: Subject | null
  digest: string // SHA-256 of the file, hex
  size: number
}

/** What a trust file makes the verifier believe. */
export interface Believed {
  name: string
  version: number
  fingerprint: string // in groups of four
  from: number
  until: number
  issuers: string[]
  threshold: number
  authorities: string[]
  supervisors: string[]
  logs: string[]
  chains: { id: number; profile: string; independence: string }[]
}

/** A stretch of a file's bytes that a reader may spoil. */
export interface Part {
  id: string
  title: Both
  size: number
}

export interface Altered {
  text: string
  offset: number
  from: number
  to: number
}
