// What the notary answers (docs/api.md). Times are Unix µs, values exact decimals.

import type { Both } from '../lib/lang.svelte'
import type { Condition, State } from '../lib/meaning'

export type Micros = number

export interface List<T> {
  items: T[]
  next?: string
}

export type Business = 'construction' | 'food' | ''

export interface Me {
  name: string
  role: string
  businesses: string[]
  districts: string[]
  sites: string[]
  may: Record<string, string[]>
  csrf: string
  must_change?: boolean // the password, before anything else
  password: boolean // there is one here that can be changed
}

export type Datum = 'WGS-84' | 'CGCS2000' | 'GCJ-02'

export interface Register {
  project_code: string
  credit_code: string
  food_licence: string
  owner: string
  district: string
  business: Business
  coordinates: { lat: number; lon: number; datum: Datum } | null
}

export interface Gateway {
  id: string
  name: string
  state: string
  connected: boolean
  last: Micros
}

export interface Site {
  id: string
  slug: string
  name: string
  district: string
  business: Business
  register: Register
  gateways: Gateway[]
  points: number
  blind: number
  alarms: number
  unanswered: number
  silent_since: Micros
  online: number
  evidence_lag: Micros
  worst: Condition
}

export interface Point {
  site: string
  gateway: string
  point: string
  device: string
  title: Both
  unit: string
  value: string
  time: Micros
  admitted: Micros
  marks: string[]
  flag?: string
  index: number
  leaf: number
  boot: string
  seq: number
  state: State
  low?: string
  high?: string
  expected: Micros
  blind: boolean
  reason?: string
  spark: string[]
}

export interface Sample {
  time: Micros
  value: string
  index: number
  leaf: number
  marks: string[]
}

export interface Bucket {
  from: Micros
  count: number
  min: Sample
  max: Sample
  first: Sample
  last: Sample
}

export interface History {
  site: string
  point: string
  unit: string
  from: Micros
  to: Micros
  width: Micros
  low?: string
  high?: string
  buckets: Bucket[]
  gaps: { from: Micros; to: Micros; cause: string; index: number; leaf: number }[]
  alarms: { id: string; from: Micros; to: Micros }[]
  readings: number
  more_gaps?: boolean
}

export interface Record_ {
  index: number
  leaf: number
  gateway: string
  site: string
  boot: string
  seq: number
  kind: string
  state: State
  reading: { point: string; value: string; unit: string; time: Micros; mono: number; path: string; flag?: string; marks: string[]; instrument?: Micros } | null
  frame: {
    index: number
    leaf: number
    bus: string
    device: string
    sent: string
    received: string
    outcome: string
    opened?: string
    topic?: string
  } | null
  gap?: { points: string[]; from: Micros; to: Micros; cause: string; missed?: number }
  event?: { type: string; subject?: string; time: Micros; value?: string; limit?: string }
  header: { first: Micros; last: Micros; count: number; root: string; digest: string; config: string }
  anchor?: { size: number; block: number; block_hash: string; time: Micros; transaction?: string }
}

export interface Step {
  step: 'raised' | 'acknowledged' | 'statement' | 'cleared'
  time: Micros
  at: Micros // when the notary came to know
  by?: string
  role?: string
  note?: string
  index?: number
  leaf?: number
}

export type AlarmKind = 'edge' | 'gap' | 'blind' | 'log' | 'chain'

export interface Alarm {
  id: string
  kind: AlarmKind
  site: string
  gateway: string
  device: string
  point: string
  points: string[]
  value?: string
  limit?: string
  cause?: string
  raised: Micros
  cleared: Micros
  answered: boolean
  times?: number
  steps: Step[]
}

export interface Excursion {
  id: string
  site: string
  business: Business
  district: string
  gateway: string
  device: string
  group: 'room' | 'truck' | 'cabinet' | 'other'
  profile: string
  title: Both
  point: string
  unit: string
  limit: string
  from: Micros
  to: Micros
  duration: Micros
  worst: Sample | null
  answered: boolean
  acknowledged_by?: string
  statement?: string
}

export interface Coverage {
  site: string
  plan: { index: number; from: Micros; until: Micros } | null
  points: {
    point: string
    gateway: string
    expected: Micros
    last: Micros
    blind: boolean
    since: Micros
    reason: string
    index?: number
    leaf?: number
    planned: boolean
  }[]
  gateways?: { gateway: string; last: Micros; silent: boolean; since: Micros }[]
  online: number
  missing: number
}

export interface Health {
  readings_per_second: number
  log: { origin: string; size: number; signed: number; anchored: number; read_only: string }
  oldest_unanchored: Micros
  anchor_lag: Micros
  gaps_today: number
  silent: { site: string; gateway: string; device: string; since: Micros }[]
  expiring: { what: string; name: string; detail?: string; site?: string; until: Micros }[]
  chain: { id: number; local: boolean; independence: string; words: Both }
  problems: string[]
}

export interface Found {
  kind: 'site' | 'device' | 'point' | 'batch' | 'entry' | 'block'
  title: string
  site?: string
  point?: string
  index?: number
  leaf?: number
  block?: number
}

// What the stream tells.

export interface StreamReading {
  point: string
  value: string
  unit: string
  time: Micros
  index: number
  leaf: number
  flag?: string
  marks: string[]
}

export interface Admission {
  id: number
  at: Micros
  index: number
  site: string
  gateway: string
  boot: string
  seq: number
  readings: StreamReading[]
  gaps: { points: string[]; from: Micros; to: Micros; cause: string; leaf: number }[]
  events: { type: string; subject?: string; time: Micros; value?: string; limit?: string; leaf: number }[]
}

export interface Reached {
  id: number
  at: Micros
  state: Exclude<State, 'sealed'>
  size: number
}

export interface Thinned {
  from: number
  to: number
  dropped: number
  points: (StreamReading & { site: string; gateway: string })[]
}

export interface AlarmStep {
  id: number
  at: Micros
  alarm: Alarm
  step: Step
}
