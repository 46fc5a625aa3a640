// Asking the server: with the token against forgery, a time limit, and errors in words.

const PATIENCE = 15_000 // ms

export class Problem extends Error {
  // `status` is 0 when no answer came: then nobody knows whether the server has it.
  constructor(sentence, status = 0, body = {}) {
    super(sentence)
    this.status = status
    this.body = body
  }
}

export const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? ""

export async function getJson(url, options) {
  return (await ask(url, { accept: "application/json", ...options })).json()
}

export async function getText(url, options) {
  return (await ask(url, { accept: "text/html", ...options })).text()
}

// `fields`: FormData, URLSearchParams or an object. Returns the answer's JSON, {} when it has none.
export async function post(url, fields = {}) {
  const body = fields instanceof FormData || fields instanceof URLSearchParams ? fields : new URLSearchParams(fields)
  const answer = await ask(url, { method: "POST", body, accept: "application/json" })
  return answer.status === 204 ? {} : answer.json()
}

async function ask(url, { method = "GET", body, accept, signal } = {}) {
  const headers = { Accept: accept, "X-Requested-With": "desk" }
  if (method !== "GET") headers["X-CSRFToken"] = token()
  const limit = AbortSignal.timeout(PATIENCE)
  let answer
  try {
    answer = await fetch(url, { method, body, headers, signal: signal ? AbortSignal.any([signal, limit]) : limit })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new Problem("No connection to the desk. What you wrote is kept here.")
  }
  if (answer.redirected && new URL(answer.url).pathname === "/sign-in") signIn()
  if (answer.ok) return answer
  throw await problemOf(answer)
}

async function problemOf(answer) {
  if (answer.status === 401) signIn()
  const isJson = answer.headers.get("Content-Type")?.startsWith("application/json")
  const body = isJson ? await answer.json() : {}
  return new Problem(body.error ?? "That did not work. Try again in a moment.", answer.status, body)
}

function signIn() {
  const next = location.pathname + location.search
  location.assign(`/sign-in?next=${encodeURIComponent(next)}`)
}
