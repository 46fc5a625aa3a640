// A message on its way to the server: its bubble at once, one request after the other, kept until the server has it.

import { clone, one } from "./dom.js"
import { post } from "./http.js"
import { unsent } from "./keep.js"
import { applyStreams } from "./streams.js"
import { now } from "./time.js"

let last = Promise.resolve() // what was written first goes out first

// Shows the entry's bubble in the thread, unless the server's own is there already.
export function showBubble(thread, entry) {
  const id = `message-${entry.clientId}-1`
  if (document.getElementById(id)) return
  const bubble = clone("pending-message", {
    text: entry.isHeart ? "❤️" : (entry.card?.title ?? entry.text),
    files: entry.uploads?.map((file) => file.name).join(", "),
    quote: entry.quote,
  })
  bubble.id = id
  bubble.dataset.clientId = entry.clientId
  one("[data-slot=text]", bubble).hidden = !(entry.text || entry.isHeart || entry.card)
  if (entry.isHeart) one("[data-slot=text]", bubble).classList.add("message__body--emoji")
  if (entry.kind === "note") makeNote(bubble)
  one("[data-slot=time]", bubble).setAttribute("datetime", new Date(entry.at ?? now()).toISOString())
  thread.add(bubble)
}

// Sends it; resolves with the answer when the server has it. Throws a Problem: with status 0 or 5xx the bubble stays, to
// be sent again under the same id; a refusal takes it away, and the composer keeps the words.
export function send(entry, { anyway = false } = {}) {
  unsent.keep(entry)
  const sent = last.then(() => request(entry, anyway))
  last = sent.catch(() => undefined)
  return sent
}

async function request(entry, anyway) {
  const url = `/tickets/${entry.number}/messages`
  try {
    const answer = await post(url, fields(entry, anyway))
    unsent.drop(entry.clientId)
    applyStreams(answer.streams)
    return answer
  } catch (problem) {
    if (problem.body?.streams) applyStreams(problem.body.streams)
    if (isLost(problem)) markLost(entry, problem.message)
    else discard(entry.clientId)
    throw problem
  }
}

// The server has not looked at it: the bubble keeps the words, to be tried again.
export const isLost = ({ status, body }) => !status || status >= 500 || status === 429 || status === 401 || Boolean(body.is_stale)

export function discard(clientId) {
  unsent.drop(clientId)
  document.querySelector(`.message--pending[data-client-id="${clientId}"]`)?.remove()
}

function markLost(entry, sentence) {
  const bubble = document.querySelector(`.message--pending[data-client-id="${entry.clientId}"]`)
  if (!bubble) return
  one("[data-slot=reason]", bubble).textContent = sentence
  one("[data-slot=problem]", bubble).hidden = false
}

export function markTrying(clientId) {
  const bubble = document.querySelector(`.message--pending[data-client-id="${clientId}"]`)
  if (bubble) one("[data-slot=problem]", bubble).hidden = true
}

function fields(entry, anyway) {
  const form = new URLSearchParams({ kind: entry.kind, client_id: entry.clientId, text: entry.text ?? "" })
  if (entry.seen) form.set("seen", entry.seen)
  if (entry.replyTo) form.set("reply_to", entry.replyTo)
  if (entry.isHeart) form.set("heart", "1")
  if (anyway) form.set("anyway", "1")
  if (entry.draft !== undefined) form.set(`draft_${entry.kind}`, entry.draft)
  if (entry.then) form.set("then", entry.then)
  if (entry.until) form.set("until", entry.until)
  if (entry.zone) form.set("zone", entry.zone)
  for (const { id } of entry.uploads ?? []) form.append("upload", id)
  for (const id of entry.mentions ?? []) form.append("mention", id)
  for (const title of entry.options ?? []) form.append("quick_reply", title)
  for (const [name, value] of Object.entries(entry.card ?? {})) form.set(`card_${name}`, value)
  return form
}

function makeNote(bubble) {
  bubble.classList.replace("message--outbound", "message--note")
  bubble.dataset.direction = "note"
  one("[data-slot=note]", bubble).hidden = false
}
