// Parts of the page that are personal are not sent but hinted at: they are fetched when a change names them.

import { entitle, leaveTicket, openNumber, reopenTicket } from "./desk.js"
import { announce, one, toast } from "./dom.js"
import { getText, Problem } from "./http.js"
import { parse } from "./streams.js"

const FOLD = 100 // ms

const waiting = new Map() // element id → timer

export function startParts() {
  document.addEventListener("refresh", ({ detail }) => {
    const [, kind, number] = /^(header|panel|contact|ticket|messages)-(\d+)$/.exec(detail.target) ?? []
    if (!kind || !isHere(kind, Number(number))) return
    if (kind === "contact") ask("panel", `panel-${openNumber()}`)
    else ask(kind, detail.target)
  })
}

function ask(kind, target) {
  if (!waiting.has(target)) waiting.set(target, setTimeout(() => fetchPart(kind, target), FOLD))
}

function isHere(kind, number) {
  if (kind === "contact") return Number(one("#pane .panel")?.dataset.contact) === number
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
  if (!known) return
  const part = parse(html)
  if (kind === "panel") return takePanel(known, part)
  if (one("details[open]", known)) return // it comes with the next change; what one does there is not taken away
  if (one("form[aria-busy=true]", known)) return ask(kind, known.id) // its answer is shown there first
  const hadFocus = known.contains(document.activeElement)
  known.replaceWith(part)
  if (part.dataset.name) entitle(part.dataset.name)
  if (hadFocus) one("summary, button", part)?.focus()
}

function takePanel(known, part) {
  known.dataset.contact = part.dataset.contact // another one, once they were merged or parted
  known.dataset.seq = part.dataset.seq
  one("customer-panel", known).take(part)
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
