// soon gathers calls: the first is answered after a while, and those that come
// meanwhile with it. A storm of alarms then asks once, and not once for each.
export function soon(what: () => void, after = 2000) {
  let due: ReturnType<typeof setTimeout> | undefined
  const call = () => {
    due ??= setTimeout(() => {
      due = undefined
      what()
    }, after)
  }
  return { call, stop: () => clearTimeout(due) }
}
