// Requests to the notary that served this page, and to nobody else.

import { clock } from '../lib/clock.svelte'
import type { List, Me } from './types'

// A Refusal is a problem (RFC 9457) with the remedy that the notary names. Status 0
// means that no answer came.
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
    readonly remedy: string,
  ) {
    super(detail)
  }
}

export type Query = Record<string, string | number | boolean | readonly string[] | undefined>

export function address(path: string, query: Query = {}): string {
  const q = new URLSearchParams()
  for (const [k, v] of Object.entries(query)) {
    if (v === undefined || v === '') continue
    if (Array.isArray(v)) for (const one of v) q.append(k, one)
    else q.set(k, String(v))
  }
  const text = q.toString()
  return '/api/v1/' + path + (text ? '?' + text : '')
}

let csrf = ''

// signedOut is told when the notary no longer knows who asks.
let signedOut: () => void = () => {}

export function onSignedOut(f: () => void) {
  signedOut = f
}

export function remember(me: Me | null) {
  csrf = me?.csrf ?? ''
}

// refusal reads why a request was not answered.
export async function refusal(res: Response): Promise<Refusal> {
  let detail = res.statusText || `HTTP ${res.status}`
  let remedy = ''
  if (res.headers.get('Content-Type')?.includes('json')) {
    const p: unknown = await res.json().catch(() => null)
    if (p && typeof p === 'object') {
      if ('detail' in p && typeof p.detail === 'string') detail = p.detail
      else if ('title' in p && typeof p.title === 'string') detail = p.title
      if ('remedy' in p && typeof p.remedy === 'string') remedy = p.remedy
    }
  }
  return new Refusal(res.status, detail, remedy)
}

export async function ask(url: string, init: RequestInit = {}): Promise<Response> {
  let res: Response
  try {
    res = await fetch(url, { credentials: 'same-origin', cache: 'no-cache', ...init })
  } catch (e) {
    if (init.signal?.aborted) throw e
    throw new Refusal(0, '', '')
  }
  clock.hear(res.headers.get('Date'))
  if (res.ok) return res
  if (res.status === 401) signedOut()
  throw await refusal(res)
}

export async function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  const res = await ask(address(path, query), { signal: signal ?? null, headers: { Accept: 'application/json' } })
  return (await res.json()) as T
}

// all follows a list's pages to their end, or to what a screen can hold.
export async function all<T>(path: string, query: Query = {}, signal?: AbortSignal, most = 20_000): Promise<T[]> {
  const out: T[] = []
  for (let cursor: string | undefined; ; ) {
    const page: List<T> = await get<List<T>>(path, { ...query, cursor }, signal)
    out.push(...page.items)
    cursor = page.next
    if (!cursor || out.length >= most) return out
  }
}

// send changes something; the same key is sent again when the answer was lost.
export async function send<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json', 'Idempotency-Key': crypto.randomUUID() }
  if (csrf) headers['X-CSRF-Token'] = csrf
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  const init: RequestInit = { method, headers, body: body === undefined ? null : JSON.stringify(body) }
  const once = () => ask(address(path), init)
  const res = await once().catch((e: unknown) => {
    if (e instanceof Refusal && e.status === 0 && method !== 'DELETE') return once()
    throw e
  })
  if (res.status === 204) return undefined as T
  const text = await res.text()
  return (text ? JSON.parse(text) : undefined) as T
}
