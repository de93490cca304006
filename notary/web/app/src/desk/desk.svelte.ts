// What the desk holds: the files being checked, the trust file in use, and what a
// scanned code asks for. It decides nothing about evidence; the verifier does.

import type { Both } from '../lib/lang.svelte'
import type { About, Altered, Believed, Part, Status, Verdict } from './answer'
import { most, read, saysTrust, type Found } from './files'
import { forget, keep, kept, type Kept } from './trust'
import { Refused, TooSlow, Unavailable, Verifier, type Condition, type Maker } from './verifier'
import { both } from './words'

/** One file's way through the desk. Only what a table shows is kept of it: the rest
 *  is computed again when it is opened. */
export interface Item {
  id: number
  path: string
  file: Blob
  lent: boolean // it is on no disk of the person's yet
  status: Status | null // null: its turn has not come
  sentence: Both | null
  digest: string
}

/** A file opened in full. */
export interface Opened {
  item: Item
  verdict: Verdict | null // null: it could not be judged; the item's sentence says why
  bytes: Uint8Array
  took: number // ms
}

export interface Broken {
  part: Part
  change: Altered
  verdict: Verdict
  fell: string[] // names of the rungs that are worse than before
}

export interface Offer {
  kept: Kept
  believed: Believed[]
  joins: boolean // those in use; else it replaces them
}

export interface TrustInUse {
  kept: Kept
  believed: Believed[] // newest version first
  stays: boolean // the browser keeps it
}

const rank: Record<Status, number> = { altered: 0, uncheckable: 1, pending: 2, genuine: 3 }

export function worstFirst(a: Item, b: Item): number {
  const by = (i: Item): number => (i.status === null ? 4 : rank[i.status])
  return by(a) - by(b) || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
const why = (e: unknown): string => (e instanceof Error ? e.message : String(e))
const whyBoth = (e: unknown): Both => ({ en: why(e), zh: e instanceof Refused ? e.zh : '' })

export class Desk {
  condition = $state.raw<Condition>({ name: 'idle' })
  about = $state.raw<About | null>(null)
  trust = $state.raw<TrustInUse | null>(null)
  trustRefused = $state.raw<{ name: string; why: Both } | null>(null) // a trust file that cannot be used
  offered = $state.raw<Offer | null>(null) // a dropped trust file that waits for a yes
  items = $state.raw<Item[]>([])
  done = $state(0)
  busy = $state(false)
  note = $state<'nothing' | 'many' | 'known' | null>(null)
  opened = $state.raw<Opened | null>(null)
  parts = $state.raw<Part[]>([])
  broken = $state.raw<Broken | null>(null)
  breakRefused = $state.raw<Both | null>(null)
  expected = $state<string | null>(null) // the digest that a code names

  private readonly verifier: Verifier
  private readonly loaded: Promise<void>
  private turn = 0 // a new drop ends the work on the one before
  private ids = 0

  constructor(
    maker: Maker,
    private readonly now: () => number = () => Date.now() * 1000,
  ) {
    this.verifier = new Verifier(maker, (c) => {
      this.condition = c
      if (c.name === 'ready' && this.about === null) this.introduce().catch(() => {}) // whoever needs it asks again and says why
    })
    this.loaded = this.recall()
  }

  /** The counts of a table: how many files have each status. */
  counts = $derived.by(() => {
    const n: Record<Status, number> = { altered: 0, uncheckable: 0, pending: 0, genuine: 0 }
    void this.done
    for (const i of this.items) if (i.status !== null) n[i.status]++
    return n
  })

  /** Loads the verifier before the first file comes. */
  start(): void {
    this.verifier.start()
  }

  private async introduce(): Promise<About> {
    const { answer } = await this.verifier.call('about')
    this.about = answer
    return answer
  }

  private async recall(): Promise<void> {
    const k = kept()
    if (k === null) return
    try {
      const { answer } = await this.verifier.call('trust', k.texts.map(encode))
      this.trust ??= { kept: k, believed: answer, stays: true }
    } catch (e) {
      if (!(e instanceof Unavailable)) this.trustRefused = { name: k.names.filter(Boolean).join(', '), why: whyBoth(e) }
    }
  }

  /** A trust file that was chosen as one. */
  async chooseTrust(file: Blob, name: string, from: Kept['from']): Promise<void> {
    this.trustRefused = null
    try {
      const { limits } = this.about ?? (await this.introduce())
      const bytes = await read(file, limits.trust)
      const { answer } = await this.verifier.call('trust', [bytes])
      await this.use({ texts: [new TextDecoder().decode(bytes)], from, names: [name], at: Date.now() }, answer)
    } catch (e) {
      this.trustRefused = { name, why: whyBoth(e) }
    }
  }

  /** Takes a trust file. One that follows those in use, or came before them, joins them:
   *  each evidence file is judged by the version of its time. Any other replaces them. */
  private async use(k: Kept, believed: Believed[]): Promise<void> {
    const joined = await this.joined(k.texts)
    if (joined !== null) {
      // A version out of the notary's hands leaves the whole in the notary's hands.
      k = { ...k, texts: joined.texts, names: k.names.concat(joined.others), from: this.trust?.kept.from === 'notary' ? 'notary' : k.from }
      believed = joined.believed
    }
    this.trust = { kept: k, believed, stays: keep(k) }
    this.trustRefused = null
    this.offered = null
    void this.again()
  }

  /** These versions together with those in use; null where they are none of one file. */
  private async joined(some: string[]): Promise<{ texts: string[]; others: string[]; believed: Believed[] } | null> {
    const now = this.trust?.kept
    const rest = now?.texts.map((text, i) => ({ text, name: now.names[i] ?? '' })).filter((o) => !some.includes(o.text)) ?? []
    if (rest.length === 0) return null
    const texts = [...some, ...rest.map((o) => o.text)]
    const others = rest.map((o) => o.name)
    try {
      const { answer } = await this.verifier.call('trust', texts.map(encode))
      return { texts, others, believed: answer }
    } catch (e) {
      if (e instanceof Unavailable || e instanceof TooSlow) throw e
      return null
    }
  }

  /** The answer to a trust file that was dropped among evidence. */
  answerOffer(yes: boolean): void {
    const o = this.offered
    this.offered = null
    if (yes && o !== null) this.use(o.kept, o.believed).catch((e: unknown) => (this.trustRefused = { name: o.kept.names[0] ?? '', why: whyBoth(e) }))
  }

  forgetTrust(): void {
    forget()
    this.trust = null
    void this.again()
  }

  /** Judges the same files once more, by another trust file. */
  private async again(): Promise<void> {
    if (this.items.length > 0) await this.take(this.items.map((i) => ({ path: i.path, file: i.file, lent: i.lent })))
  }

  stop(): void {
    this.turn++
    this.busy = false
  }

  /** Checks files; what was on the desk before goes, unless trust files alone come. */
  async take(found: Found[]): Promise<void> {
    if (await allTrust(found)) return this.takeTrust(found)
    const turn = ++this.turn
    const mine = (): boolean => turn === this.turn
    this.note = found.length === 0 ? 'nothing' : found.length >= most ? 'many' : null
    this.opened = null
    this.broken = null
    this.trustRefused = null
    this.items = []
    this.done = 0
    if (found.length === 0) return
    this.busy = true
    try {
      await this.loaded
      if (this.about === null) await this.introduce()
    } catch (e) {
      if (mine()) this.give(found, e)
      return
    }
    if (!mine()) return
    this.items = found.map((f) => ({ id: ++this.ids, path: f.path, file: f.file, lent: f.lent ?? false, status: null, sentence: null, digest: '' }))
    let shown = performance.now()
    let done = 0
    for (const item of this.items) {
      const one = await this.judge(item)
      if (!mine()) return
      done++
      if (one === null) {
        // It was a trust file; it is asked about, not judged.
        this.items = this.items.filter((i) => i !== item)
        done--
      } else if (found.length === 1) {
        this.open(one)
      }
      if (performance.now() - shown > 150) {
        this.done = done
        shown = performance.now()
      }
    }
    this.done = done
    this.busy = false
    this.items = [...this.items].sort(worstFirst)
  }

  private async takeTrust(found: Found[]): Promise<void> {
    this.note = null
    this.trustRefused = null
    for (const f of found) {
      try {
        await this.loaded
        const { limits } = this.about ?? (await this.introduce())
        await this.offer(f.path, await read(f.file, limits.trust))
      } catch (e) {
        this.trustRefused = { name: f.path, why: whyBoth(e) }
      }
    }
  }

  /** Says of every file why none can be judged. */
  private give(found: Found[], e: unknown): void {
    const sentence = both('unavailable', why(e))
    this.items = found.map((f) => ({ id: ++this.ids, path: f.path, file: f.file, lent: f.lent ?? false, status: 'uncheckable', sentence, digest: '' }))
    this.done = found.length
    this.busy = false
  }

  /** Judges one file; null for what says that it is a trust file. */
  private async judge(item: Item): Promise<Opened | null> {
    let bytes: Uint8Array = new Uint8Array()
    try {
      bytes = await read(item.file, this.about?.limits.file ?? 0)
      if (saysTrust(bytes)) {
        await this.offer(item.path, bytes)
        return null
      }
      const { answer, took } = await this.ask(bytes)
      item.status = answer.verdict
      item.sentence = answer.sentence
      item.digest = answer.digest
      return { item, verdict: answer, bytes, took }
    } catch (e) {
      item.status = 'uncheckable'
      item.sentence = e instanceof TooSlow ? both('slow') : e instanceof Unavailable ? both('unavailable', why(e)) : both('unreadable', why(e))
      return { item, verdict: null, bytes, took: 0 }
    }
  }

  private ask(bytes: Uint8Array): Promise<{ answer: Verdict; took: number }> {
    const trust = this.trust === null ? [] : this.trust.kept.texts.map(encode)
    return this.verifier.call('verify', bytes, trust, this.now(), -new Date().getTimezoneOffset())
  }

  /** Takes what says that it is a trust file: asks about it, or says why it is of no use. */
  private async offer(name: string, bytes: Uint8Array): Promise<void> {
    const text = new TextDecoder().decode(bytes)
    if (this.trust?.kept.texts.includes(text)) {
      this.note = 'known'
      return
    }
    try {
      const { answer } = await this.verifier.call('trust', [bytes])
      const joins = (await this.joined([text])) !== null
      this.offered = { kept: { texts: [text], from: 'local', names: [name], at: Date.now() }, believed: answer, joins }
    } catch (e) {
      if (!(e instanceof Refused)) throw e
      this.trustRefused = { name, why: whyBoth(e) }
    }
  }

  /** Opens one line of the table. */
  async show(item: Item): Promise<void> {
    const turn = this.turn
    const one = await this.judge(item)
    if (one !== null && turn === this.turn) this.open(one)
  }

  close(): void {
    this.opened = null
    this.broken = null
  }

  private open(one: Opened): void {
    this.opened = one
    this.broken = null
    this.breakRefused = null
    this.parts = []
    if (one.verdict !== null) void this.findParts(one)
  }

  private async findParts(one: Opened): Promise<void> {
    try {
      const { answer } = await this.verifier.call('parts', one.bytes)
      if (this.opened === one) this.parts = answer ?? []
    } catch {
      // A file that is not readable has no parts to choose from.
    }
  }

  /** Changes one bit of the opened file, in memory, and judges what comes out. */
  async break(part: Part, offset: number): Promise<void> {
    const one = this.opened
    if (one === null || one.verdict === null) return
    this.breakRefused = null
    try {
      const { answer: change } = await this.verifier.call('break', one.bytes, part.id, offset)
      const { answer: verdict } = await this.ask(new TextEncoder().encode(change.text))
      if (this.opened !== one) return
      this.broken = { part, change, verdict, fell: fallen(one.verdict, verdict) }
    } catch (e) {
      this.breakRefused = whyBoth(e)
    }
  }

  putBack(): void {
    this.broken = null
    this.breakRefused = null
  }

  /** Whether the opened file is the one that a code names; null: no code, or no file yet. */
  matches = $derived(this.expected === null || this.opened === null || this.opened.item.digest === '' ? null : this.opened.item.digest === this.expected)

  /** The files of a folder that a code names. */
  named = $derived.by(() => {
    void this.done
    return this.expected === null ? [] : this.items.filter((i) => i.digest === this.expected)
  })
}

/** Whether these few files all say that they are trust files. */
async function allTrust(found: Found[]): Promise<boolean> {
  if (found.length === 0 || found.length > 4) return false
  try {
    for (const f of found) if (!saysTrust(await read(f.file, 4096))) return false
    return true
  } catch {
    return false // its turn comes, and says why it cannot be read
  }
}

/** The rungs that are worse than they were, or gone. */
function fallen(before: Verdict, after: Verdict): string[] {
  const was = new Map(before.rungs.map((r) => [r.name, r.status]))
  return after.rungs.filter((r) => rank[r.status] < rank[was.get(r.name) ?? 'genuine']).map((r) => r.name)
}
