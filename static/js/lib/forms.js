// Forms marked `data-streams` are sent by script; what they changed comes back as streams.

import { all, announce, listen, one, toast } from "./dom.js"
import { openNumber, openTicket } from "./desk.js"
import { Problem, post } from "./http.js"
import { applyStreams } from "./streams.js"

export function startForms() {
  listen(document, "submit", "form[data-streams]", (event, form) => {
    event.preventDefault()
    send(form, event.submitter)
  })
  listen(document, "input", "form[data-streams]", (_, form) => said(form, ""))
}

async function send(form, submitter) {
  if (form.ariaBusy === "true") return
  form.ariaBusy = "true"
  const next = form.dataset.streams === "close" ? neighbour() : null
  try {
    const answer = await post(form.action, new URLSearchParams(new FormData(form, submitter)))
    applyStreams(answer.streams ?? [])
    form.closest("details")?.removeAttribute("open")
    form.closest("dialog")?.close()
    if (answer.saved) saved(form)
    if (answer.said) toast(answer.said)
    if (next ?? answer.go) openTicket(next ?? answer.go)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    refused(form, error.message)
  } finally {
    form.ariaBusy = "false"
  }
}

// What is in the fields is what the server has.
function saved(form) {
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

// The ticket to go on with after closing the open one: the next of the view, else the one before.
function neighbour() {
  const item = one(`#row-${openNumber()}`)
  const beside = item?.nextElementSibling ?? item?.previousElementSibling
  return beside ? Number(beside.dataset.number) : null
}
