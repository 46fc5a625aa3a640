// Parts of the page that are personal are not sent but hinted at: they are fetched when a change names them.

import { entitle, leaveTicket, openNumber, reopenTicket } from "./desk.js"
import { all, announce, one, toast } from "./dom.js"
import { getText, Problem } from "./http.js"
import { parse } from "./streams.js"

const FOLD = 100 // ms

const waiting = new Map() // element id → timer

export function startParts() {
  document.addEventListener("refresh", ({ detail }) => {
    const [, kind, number] = /^(header|panel|ticket|messages)-(\d+)$/.exec(detail.target) ?? []
    if (kind && isHere(kind, Number(number))) ask(kind, detail.target)
  })
}

function ask(kind, target) {
  if (!waiting.has(target)) waiting.set(target, setTimeout(() => fetchPart(kind, target), FOLD))
}

function isHere(kind, number) {
  return kind === "messages" ? Boolean(document.getElementById(`messages-${number}`)) : number === openNumber()
}

async function fetchPart(kind, target) {
  waiting.delete(target)
  const number = openNumber()
  if (!number) return
  try {
    if (kind === "header" || kind === "panel") await exchange(kind, number)
    else await stillOurs(number)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    if (error.status === 404) gone(number)
  }
}

async function exchange(kind, number) {
  const html = await getText(`/tickets/${number}/${kind}`)
  const known = document.getElementById(`${kind}-${number}`)
  const menu = known && one("details[open]", known)
  const isWriting = known && all("textarea", known).some((field) => field === document.activeElement || field.value !== field.defaultValue)
  if (!known || menu || isWriting) return // it comes with the next change; what one does there is not taken away
  if (one("form[aria-busy=true]", known)) return ask(kind, known.id) // its answer is shown there first
  const hadFocus = known.contains(document.activeElement)
  const part = parse(html)
  keepSaved(known, part)
  known.replaceWith(part)
  if (part.dataset.name) entitle(part.dataset.name)
  if (hadFocus) one("summary, button", part)?.focus()
}

// What was just saved goes on saying so, as long as it is what the server has.
function keepSaved(known, part) {
  const [before, after] = [known, part].map((element) => one("[data-saved]", element))
  if (!before || !after) return
  const isSame = before.closest("form").elements.text.value === after.closest("form").elements.text.value
  if (isSame) after.textContent = before.textContent
}

async function stillOurs(number) {
  await getText(`/tickets/${number}/header`)
  await reopenTicket()
}

function gone(number) {
  leaveTicket()
  toast(`Ticket ${number} is not yours to see any more.`)
  announce(`Ticket ${number} is gone`)
}
