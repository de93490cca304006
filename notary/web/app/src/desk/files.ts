// What a person drops, chooses or pastes, as a flat list of files. Nothing is read
// here but names and sizes: each file is read when its turn comes, never more of it
// than the verifier takes.

export interface Found {
  path: string // below the dropped folder, or the file's name
  file: Blob
  lent?: boolean // it is in this page's memory alone: fetched or pasted
}

/** More than this is not one person's folder, but a disk. */
export const most = 20_000

/** A file's bytes, one more than the limit at the most, so that the verifier itself
 *  refuses what is too large, in its own words. */
export async function read(file: Blob, limit: number): Promise<Uint8Array> {
  return new Uint8Array(await file.slice(0, limit + 1).arrayBuffer())
}

async function children(dir: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = dir.createReader()
  const out: FileSystemEntry[] = []
  for (;;) {
    // A reader hands out a part at a time and says the end by an empty one.
    const some = await new Promise<FileSystemEntry[]>((done, refuse) => reader.readEntries(done, refuse))
    if (some.length === 0) return out
    out.push(...some)
  }
}

const opened = (e: FileSystemFileEntry): Promise<File> => new Promise((done, refuse) => e.file(done, refuse))

/** Files of a drop. A folder gives the evidence files in it; what is dropped by
 *  itself is taken whatever its name. */
export async function dropped(transfer: DataTransfer, extension: string): Promise<Found[]> {
  // The entries must be taken before the first wait: the drop's data goes with its event.
  const entries = [...transfer.items].filter((i) => i.kind === 'file').map((i) => i.webkitGetAsEntry())
  const loose = [...transfer.files]
  if (entries.length === 0 || entries.some((e) => e === null)) return loose.map((f) => ({ path: f.name, file: f }))
  const out: Found[] = []
  const walk = async (entry: FileSystemEntry, path: string, inside: boolean): Promise<void> => {
    if (out.length >= most) return
    if (entry.isFile) {
      if (!inside || entry.name.endsWith(extension)) out.push({ path, file: await opened(entry as FileSystemFileEntry) })
    } else if (entry.isDirectory) {
      const all = await children(entry as FileSystemDirectoryEntry)
      all.sort((a, b) => (a.name < b.name ? -1 : 1))
      for (const e of all) await walk(e, `${path}/${e.name}`, true)
    }
  }
  for (const e of entries) if (e !== null) await walk(e, e.name, false)
  return out
}

/** Files of a choice; of a folder only evidence files. */
export function chosen(list: FileList, extension: string): Found[] {
  const out: Found[] = []
  for (const f of list) {
    const folder = f.webkitRelativePath
    if (folder !== '' && !f.name.endsWith(extension)) continue
    if (out.length < most) out.push({ path: folder === '' ? f.name : folder, file: f })
  }
  return out
}

/** Files or text of a paste; null where there is nothing to check. */
export function pasted(data: DataTransfer, name: string): Found[] | null {
  if (data.files.length > 0) return [...data.files].map((f) => ({ path: f.name, file: f }))
  // Taken as it is: a blank more or less is another digest.
  const text = data.getData('text/plain')
  return text.trimStart().startsWith('{') ? [{ path: name, file: new Blob([text]), lent: true }] : null
}

/** Whether these bytes say that they are a trust file; the verifier decides. */
export function saysTrust(bytes: Uint8Array): boolean {
  const start = new TextDecoder().decode(bytes.subarray(0, 4096))
  return /"format"\s*:\s*"fieldseal-trust\/\d/.test(start)
}
