// What the desk asks of the notary that served it. What comes back is checked like
// any file: the notary's word counts for nothing here.

import { Refusal, address, ask, get } from '../api/client'
import type { Found } from './files'

export interface Hit {
  kind: 'site' | 'device' | 'point' | 'batch' | 'entry' | 'block'
  title: string
  site?: string
  point?: string
  index?: number
  block?: number
}

export async function search(q: string, signal: AbortSignal): Promise<Hit[]> {
  return (await get<{ items: Hit[] }>('search', { q }, signal)).items
}

/** One evidence file, under the name that the notary gives it. */
export function evidence(query: Record<string, string | number>): Promise<Found> {
  return fetched(address('evidence', query))
}

const handed = '#/api/v1/evidence?'

/** The file that another view of the page handed over behind the #; null: none. */
export function handedOver(hash: string): Promise<Found> | null {
  return hash.startsWith(handed) ? fetched(hash.slice(1)) : null
}

async function fetched(path: string): Promise<Found> {
  const answer = await ask(path)
  const name = /filename="?([^";]+)"?/.exec(answer.headers.get('Content-Disposition') ?? '')?.[1]
  return { path: name ?? 'evidence.fseal.json', file: await answer.blob(), lent: true }
}

/** The trust file that the operator lays out, for who has no other. */
export async function offeredTrust(): Promise<Blob> {
  return (await ask('/api/v1/trust')).blob()
}

export { Refusal }
