// The language of the page: what was chosen, else the browser's first that is ours.

export type Lang = 'en' | 'zh'

const key = 'fieldseal.lang'

function first(): Lang {
  try {
    const kept = localStorage.getItem(key)
    if (kept === 'en' || kept === 'zh') return kept
  } catch {
    // A browser that keeps nothing still has a language.
  }
  for (const l of navigator.languages) {
    if (l.startsWith('zh')) return 'zh'
    if (l.startsWith('en')) return 'en'
  }
  return 'en'
}

class Language {
  current = $state<Lang>(first())

  set(to: Lang) {
    this.current = to
    try {
      localStorage.setItem(key, to)
    } catch {
      // It holds until the page is closed.
    }
  }

  // The tag for html lang and for Intl.
  get tag() {
    return this.current === 'zh' ? 'zh-CN' : 'en-GB'
  }
}

export const lang = new Language()

// Both is a text that the notary gives in both languages.
export interface Both {
  en: string
  zh: string
}

export function pick(b: Both): string {
  return lang.current === 'zh' ? b.zh || b.en : b.en || b.zh
}

// words makes the lookup of one view's texts: [English, Chinese] by key, {name}
// filled from what is given. It is reactive where it is called.
export function words<const D extends Record<string, readonly [string, string]>>(texts: D) {
  return (k: keyof D, fill: Record<string, string | number> = {}): string => {
    const pair = texts[k] as readonly [string, string]
    return (lang.current === 'zh' ? pair[1] : pair[0]).replace(/\{(\w+)\}/g, (whole, name: string) => (name in fill ? String(fill[name]) : whole))
  }
}
