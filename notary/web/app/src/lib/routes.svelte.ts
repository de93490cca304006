// Where one is: every view has an address, and the address says everything that
// the view shows. The first parts are named in notary/web/web.go too.

export type Route =
  | { view: 'overview' }
  | { view: 'site'; site: string }
  | { view: 'point'; site: string; point: string }
  | { view: 'record'; index: string; leaf: string }
  | { view: 'alarms' }
  | { view: 'board'; business: 'food' | 'construction' }
  | { view: 'health' }
  | { view: 'coverage' }
  | { view: 'search' }
  | { view: 'desk'; rest: string }
  | { view: 'sign-in' }
  | { view: 'account' }
  | { view: 'unknown' }

export function parse(path: string): Route {
  const parts = path.split('/').filter(Boolean).map(decode)
  const [first, ...rest] = parts
  switch (first) {
    case undefined:
      return { view: 'overview' }
    case 'site':
      if (rest.length === 1) return { view: 'site', site: rest[0]! }
      break
    case 'point':
      if (rest.length === 3) return { view: 'point', site: rest[0]!, point: `${rest[1]}/${rest[2]}` }
      break
    case 'record':
      if (rest.length === 2 && rest.every((p) => /^\d{1,20}$/.test(p))) return { view: 'record', index: rest[0]!, leaf: rest[1]! }
      break
    case 'board':
      if (rest.length === 0 || rest[0] === 'food') return { view: 'board', business: 'food' }
      if (rest[0] === 'construction') return { view: 'board', business: 'construction' }
      break
    case 'desk':
      return { view: 'desk', rest: rest.join('/') }
    case 'alarms':
    case 'health':
    case 'coverage':
    case 'search':
    case 'sign-in':
    case 'account':
      if (rest.length === 0) return { view: first }
  }
  return { view: 'unknown' }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

class Place {
  path = $state(location.pathname)
  query = $state.raw(new URLSearchParams(location.search))
  hash = $state(location.hash)
  route = $derived(parse(this.path))

  constructor() {
    addEventListener('popstate', () => this.read())
    addEventListener('hashchange', () => this.read())
  }

  private read() {
    this.path = location.pathname
    this.query = new URLSearchParams(location.search)
    this.hash = location.hash
  }

  go(to: string, replace = false) {
    if (replace) history.replaceState(null, '', to)
    else history.pushState(null, '', to)
    this.read()
    if (!replace) {
      scrollTo(0, 0)
      // A screen reader hears where it has come to.
      queueMicrotask(() => document.querySelector('main')?.focus({ preventScroll: true }))
    }
  }

  // set changes parameters of the present view, leaving the others.
  set(change: Record<string, string | undefined>, replace = true) {
    const q = new URLSearchParams(this.query)
    for (const [k, v] of Object.entries(change)) {
      if (v === undefined || v === '') q.delete(k)
      else q.set(k, v)
    }
    const text = q.toString()
    this.go(this.path + (text ? '?' + text : '') + this.hash, replace)
  }
}

export const place = new Place()

// kept are the parameters that go from view to view: the one clock of the page.
const kept = ['at']

// to is the address of a view, keeping the page's clock.
export function to(path: string, query: Record<string, string | number | undefined> = {}): string {
  const q = new URLSearchParams()
  for (const k of kept) {
    const v = place.query.get(k)
    if (v) q.set(k, v)
  }
  for (const [k, v] of Object.entries(query)) {
    if (v === undefined || v === '') q.delete(k)
    else q.set(k, String(v))
  }
  const text = q.toString()
  return path + (text ? '?' + text : '')
}

export const paths = {
  overview: () => to('/'),
  site: (site: string, query: Record<string, string | number | undefined> = {}) => to(`/site/${encodeURIComponent(site)}`, query),
  point: (site: string, point: string, query: Record<string, string | number | undefined> = {}) =>
    to(`/point/${encodeURIComponent(site)}/${point.split('/').map(encodeURIComponent).join('/')}`, query),
  record: (index: number | string, leaf: number | string) => to(`/record/${index}/${leaf}`),
  alarms: (query: Record<string, string | number | undefined> = {}) => to('/alarms', query),
  board: (business: 'food' | 'construction') => to(`/board/${business}`),
  health: () => to('/health'),
  coverage: (query: Record<string, string | number | undefined> = {}) => to('/coverage', query),
  search: (q: string) => to('/search', { q }),
  desk: () => to('/desk'),
  signIn: (back: string) => to('/sign-in', { back }),
  account: () => to('/account'),
}

// follow turns a click on a link of the page into a step within it.
export function follow(e: MouseEvent) {
  if (e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return
  const a = (e.target as Element | null)?.closest?.('a')
  if (!a || !a.href || a.target || a.hasAttribute('download') || a.dataset.outside !== undefined) return
  const url = new URL(a.href)
  if (url.origin !== location.origin || url.pathname.startsWith('/api/') || parse(url.pathname).view === 'unknown') return
  if (url.pathname === location.pathname && url.search === location.search && url.hash) return // the browser's own
  e.preventDefault()
  place.go(url.pathname + url.search + url.hash)
}
