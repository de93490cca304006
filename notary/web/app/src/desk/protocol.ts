// What the page and the verifier's Worker say to each other. The Worker answers
// each request once, by its id, in the order in which they came; it speaks unasked
// only of loading and of its end.

import type { About, Altered, Believed, Part, Verdict } from './answer'

/** Where the verifier's program is: fetched by address, or brought along as gzip in base64. */
export type Source = { url: string } | { base64: string }

export interface Calls {
  about: { args: []; answer: About }
  /** file, versions of the trust file, the reader's clock in Unix µs, minutes east of UTC */
  verify: { args: [Uint8Array, Uint8Array[], number, number]; answer: Verdict }
  /** versions of a trust file in any order; the answer has the newest first */
  trust: { args: [Uint8Array[]]; answer: Believed[] }
  parts: { args: [Uint8Array]; answer: Part[] }
  break: { args: [Uint8Array, string, number]; answer: Altered }
}

export type Op = keyof Calls

export type Request = { op: 'load'; source: Source } | { op: Op; id: number; args: unknown[] }

export type Reply =
  | { kind: 'progress'; loaded: number; total: number }
  | { kind: 'ready'; took: number } // ms from load to the first possible call
  | { kind: 'failed'; step: 'fetch' | 'start' | 'end'; why: string }
  | { kind: 'answer'; id: number; ok?: unknown; error?: string; error_zh?: string; took: number }
