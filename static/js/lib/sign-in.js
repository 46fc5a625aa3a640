// Signing in again over the page, when its session has ended: whatever is typed and attached stays where it is. Whoever
// asked the server waits for the answer, and asks again.

import { all, announce, one } from "./dom.js"

const TOLD = "helpdesk:signed-in" // other windows of this browser learn it by this

let asking = null
let answer = null // of the open dialog: called with true once it is done

// Resolves with true once the page's own person is signed in (again), with false when they do not want to now. When it is
// somebody else, the page is loaded anew and this never resolves.
export function signInAgain() {
  return (asking ??= ask().finally(() => (asking = null)))
}

// Takes over who is signed in by now, and the token for the next change. False when nobody is.
export async function renew() {
  try {
    const found = await fetch("/sign-in", { headers: { Accept: "application/json" }, cache: "no-store" })
    return found.ok && (await take(await found.json()))
  } catch {
    return false // no connection: asked again with the next try
  }
}

export function startSignIn() {
  const dialog = document.getElementById("sign-in-again")
  if (!dialog) return
  one("form", dialog).addEventListener("submit", (event) => (event.preventDefault(), submit(dialog, event.target)))
  one("[data-not-now]", dialog).addEventListener("click", () => dialog.close())
  dialog.addEventListener("close", () => answer?.(false))
  document.addEventListener("signed-out", () => signInAgain())
  window.addEventListener("storage", async ({ key }) => key === TOLD && dialog.open && (await renew()) && done(dialog))
}

async function ask() {
  const dialog = document.getElementById("sign-in-again")
  if (!dialog) return void location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`)
  if (await renew()) return tell() // in another window, by now
  const answered = new Promise((resolve) => (answer = resolve))
  if (!dialog.open) dialog.showModal()
  const isDone = await answered
  answer = null
  return isDone && tell()
}

async function submit(dialog, form) {
  if (form.ariaBusy === "true") return
  form.ariaBusy = "true"
  say(dialog, "")
  const body = new URLSearchParams(new FormData(form))
  const problem = await post(body)
  form.ariaBusy = "false"
  if (problem) return say(dialog, problem)
  try {
    localStorage.setItem(TOLD, String(Date.now()))
  } catch {
    // storage is switched off: other windows ask by themselves
  }
  done(dialog)
}

// A sentence when it did not work.
async function post(body) {
  if (await renew()) return "" // done in another window
  const headers = { Accept: "application/json", "X-CSRFToken": one('meta[name="csrf-token"]').content }
  try {
    const found = await fetch("/sign-in", { method: "POST", body, headers })
    const said = await found.json()
    if (!found.ok) return said.error ?? "That did not work. Try again in a moment."
    return (await take(said)) ? "" : "That did not work. Try again."
  } catch {
    return "No connection to the desk. Try again in a moment."
  }
}

function take({ agent, token }) {
  one('meta[name="csrf-token"]').content = token
  for (const field of all('input[name="csrf_token"]')) field.value = token
  if (agent === null) return false
  if (String(agent) === one(".desk")?.dataset.agent) return true
  location.reload()
  return new Promise(() => undefined)
}

function done(dialog) {
  one("form", dialog).elements.password.value = ""
  answer?.(true)
  dialog.close()
}

function tell() {
  announce("Signed in again")
  document.dispatchEvent(new CustomEvent("signed-in"))
  return true
}

function say(dialog, sentence) {
  const place = one("[data-problem]", dialog)
  place.textContent = sentence
  place.hidden = !sentence
  if (sentence) one("form", dialog).elements.password.select()
}
