// The control interface of the sandbox.

async function ask(method, path, body, headers = {}) {
  const answer = await fetch(path, { method, body, headers })
  const value = await answer.json().catch(() => ({ error: `HTTP ${answer.status}` }))
  if (!answer.ok) throw new Error(value.error ?? `HTTP ${answer.status}`)
  return value
}

export const get = (path, query = {}) => ask("GET", `${path}?${new URLSearchParams(query)}`)

export const post = (path, body = {}) => ask("POST", path, JSON.stringify(body), { "Content-Type": "application/json" })

export const remove = (path) => ask("DELETE", path)

export const upload = (file) =>
  ask("POST", `/sandbox/media?${new URLSearchParams({ name: file.name })}`, file, { "Content-Type": file.type })

// Calls `heard([[inbox, customer], …])` for every change, and with [] after the line was down.
export function listen(heard) {
  const source = new EventSource("/sandbox/changes")
  source.onopen = () => heard([])
  source.onmessage = (event) => heard(JSON.parse(event.data).chats)
}
