// The sites of this viewer, kept for names in every view.

import { all } from '../api/client'
import type { Site } from '../api/types'

class Sites {
  items = $state.raw<Site[]>([])
  error = $state.raw<unknown>(null)
  loaded = $state(false)
  names = $derived(Object.fromEntries(this.items.flatMap((s) => [[s.id, s.name], [s.slug, s.name]])))
  private asking: Promise<void> | null = null

  load(): Promise<void> {
    this.asking ??= this.ask().finally(() => (this.asking = null))
    return this.asking
  }

  // need loads once, for views that only want names.
  need() {
    if (!this.loaded) void this.load()
  }

  private async ask() {
    try {
      this.items = await all<Site>('centre/sites')
      this.error = null
      this.loaded = true
    } catch (e) {
      this.error = e
    }
  }
}

export const sites = new Sites()
