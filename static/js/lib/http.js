// Asking the server: with the token against forgery, a time limit, and errors in words.

import { signInAgain } from "./sign-in.js"

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

// The same for a form that answers with a part of the page.
export async function postForText(url, fields) {
  return (await ask(url, { method: "POST", body: fields, accept: "text/html" })).text()
}

// `isAgain`: it was asked before, with a session that had ended or a token that another window has replaced.
async function ask(url, options = {}, isAgain = false) {
  const { method = "GET", body, accept, signal } = options
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
  if (isSignedOut(answer)) {
    if (!isAgain && (await signInAgain())) return ask(url, options, true)
    throw new Problem("You are signed out. What you wrote is kept here.", 401)
  }
  if (answer.ok) return answer
  const problem = await problemOf(answer)
  if (problem.body.is_stale && !isAgain && (await signInAgain())) return ask(url, options, true)
  throw problem
}

const isSignedOut = (answer) => answer.status === 401 || (answer.redirected && new URL(answer.url).pathname === "/sign-in")

async function problemOf(answer) {
  const isJson = answer.headers.get("Content-Type")?.startsWith("application/json")
  const body = isJson ? await answer.json() : {}
  return new Problem(body.error ?? "That did not work. Try again in a moment.", answer.status, body)
}
