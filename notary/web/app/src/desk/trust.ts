// The trust file in use. A person chooses it; it stays in this browser until they
// choose another. Evidence never brings one.

export interface Kept {
  texts: string[] // versions of one trust file, as their issuers signed them
  from: 'local' | 'notary' // whose hands it came from: a file of one's own, or the notary being checked
  names: string[] // of the files that they came in, for people
  at: number // chosen, Unix ms
}

const key = 'fieldseal.trust'

/** What an earlier visit chose; null where there is none or storage is shut. */
export function kept(): Kept | null {
  try {
    const text = localStorage.getItem(key)
    if (text === null) return null
    const k = JSON.parse(text) as Partial<Kept>
    if (!Array.isArray(k.texts) || !k.texts.every((t) => typeof t === 'string') || (k.from !== 'local' && k.from !== 'notary')) return null
    const names = k.texts.map((_, i) => (typeof k.names?.[i] === 'string' ? k.names[i] : ''))
    return { texts: k.texts, from: k.from, names, at: typeof k.at === 'number' ? k.at : 0 }
  } catch {
    return null
  }
}

/** Keeps a choice; false where the browser will not, and it counts for this visit only. */
export function keep(k: Kept): boolean {
  try {
    localStorage.setItem(key, JSON.stringify(k))
    return true
  } catch {
    return false
  }
}

export function forget(): void {
  try {
    localStorage.removeItem(key)
  } catch {
    // Storage is shut: nothing was kept.
  }
}
