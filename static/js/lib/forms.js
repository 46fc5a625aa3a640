// Forms marked `data-streams` are sent by script; what they changed comes back as streams.

import { all, announce, listen, one, toast } from "./dom.js"
import { openNumber, openTicket } from "./desk.js"
import { Problem, post } from "./http.js"
import { applyStreams } from "./streams.js"
import { zone } from "./time.js"

const LEAVING = ["close", "snooze"] // what takes a ticket out of one's way: the next one of the view comes

export function startForms() {
  listen(document, "submit", "form[data-streams]", (event, form) => {
    event.preventDefault()
    send(form, event.submitter)
  })
  listen(document, "input", "form[data-streams]", (_, form) => said(form, ""))
}

async function send(form, submitter) {
  if (form.ariaBusy === "true") return
  if (form.dataset.sure && !confirm(form.dataset.sure)) return
  form.ariaBusy = "true"
  const next = nextTicket(form.dataset.streams)
  const number = openNumber()
  try {
    const answer = await post(form.action, fieldsOf(form, submitter))
    form.closest("details[data-menu], details[data-edit]")?.removeAttribute("open")
    form.closest("dialog")?.close()
    if (answer.saved) saved(form)
    applyStreams(answer.streams ?? [])
    if (answer.said) toast(answer.said)
    if (answer.go) openTicket(answer.go)
    else goOn(number, next)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    refused(form, error.message)
  } finally {
    form.ariaBusy = "false"
  }
}

// What is in the fields is what the server has; fields for something new are empty again.
function saved(form) {
  if ("reset" in form.dataset) form.reset()
  for (const field of all("textarea, input", form)) field.defaultValue = field.value
  said(form, "Saved")
  announce("Saved")
}

// Over an open dialog no toast is seen.
function refused(form, sentence) {
  const place = one("[data-problem]", form)
  if (!place) return toast(sentence)
  place.textContent = sentence
  place.hidden = false
}

function said(form, words) {
  const place = one("[data-saved]", form)
  if (place) place.textContent = words
}

// A typed time is read as the clocks of its reader show it.
function fieldsOf(form, submitter) {
  const fields = new URLSearchParams(new FormData(form, submitter))
  if (fields.has("until")) fields.set("zone", zone)
  return fields
}

// The ticket to go on with after this is done with the open one: the next of the view, else the one before; null when one
// stays. To be asked before it is done.
export function nextTicket(what) {
  const item = LEAVING.includes(what) && one(`#row-${openNumber()}`)
  const beside = item && (sibling(item, "nextElementSibling") ?? sibling(item, "previousElementSibling"))
  return beside ? Number(beside.dataset.number) : null
}

// The row beside it that is still in the view.
function sibling(item, direction) {
  let other = item[direction]
  while (other?.matches(".rows__item--gone")) other = other[direction]
  return other
}

// Unless one has gone elsewhere by oneself.
export function goOn(number, next) {
  if (next && number === openNumber()) openTicket(next)
}
