// What the keys and the palette do: each presses what stands on the page. Their words and keys are the server's list
// (helpdesk/domain/keys.py), in the names of which the two agree.

import { all, one, toast } from "./dom.js"
import { goBack, openNumber, prefetch } from "./desk.js"
import { post, Problem } from "./http.js"
import { fill, openMenu } from "./menus.js"
import { applyStreams } from "./streams.js"

const composer = () => one("message-composer")
const selection = () => one("ticket-queue").selection
const isOpen = () => Boolean(openNumber())
const isOnDesk = () => Boolean(one("ticket-queue"))
const isWriting = () => Boolean(composer())

// `press` does it; `isHere` tells whether it can be done where one is.
export const DEEDS = {
  next: { press: () => move(1), isHere: isOnDesk },
  previous: { press: () => move(-1), isHere: isOnDesk },
  pick: { press: () => selection().toggle(), isHere: isOnDesk },
  pick_next: { press: () => selection().extend(() => move(1)), isHere: isOnDesk },
  pick_previous: { press: () => selection().extend(() => move(-1)), isHere: isOnDesk },
  search: { press: search, isHere: isOnDesk },
  reply: { press: () => composer()?.write("reply"), isHere: isWriting },
  note: { press: () => composer()?.write("note"), isHere: isWriting },
  take: { press: take, isHere: isOnDesk },
  assign: { press: () => openMenu("hands"), isHere: isOpen },
  close: { press: () => one("#pane [data-act=close]")?.click(), isHere: isOpen },
  snooze: { press: () => openMenu("standing", "[data-act=snooze]"), isHere: isOpen },
  wait: { press: () => pressIn("standing", "wait"), isHere: isOpen },
  resume: { press: () => pressIn("standing", "resume"), isHere: isOpen },
  priority: { press: () => openMenu("standing", "[data-act=priority]"), isHere: isOpen },
  tags: { press: () => openMenu("standing", "[data-act=tags]"), isHere: isOpen },
  more: { press: () => openMenu("more"), isHere: isOpen },
  customer: { press: () => one("#pane .thread [data-toggle-panel]")?.click(), isHere: isOpen },
  send_close: { press: () => composer()?.submit("close"), isHere: isWriting },
  send_wait: { press: () => composer()?.submit("wait"), isHere: isWriting },
  send_snooze: { press: () => openMenu("send", "[data-typed]"), isHere: isWriting },
  attach: { press: () => one("message-composer [data-act=attach]")?.click(), isHere: isWriting },
  palette: { press: () => one("command-palette")?.toggle(), isHere: () => false },
  keys: { press: () => document.getElementById("keys")?.showModal(), isHere: () => true },
}

// The server's list: [{name, words, group, key, pieces}].
export const ACTIONS = JSON.parse(document.getElementById("keys")?.dataset.keys ?? "[]")
export const actionNamed = (name) => ACTIONS.find((action) => action.name === name)

export function move(step) {
  const rows = all("ticket-queue .row").filter((row) => row.offsetParent && !row.closest(".rows__item--gone"))
  if (!rows.length) return
  const focused = rows.indexOf(document.activeElement)
  const start = focused >= 0 ? focused : rows.findIndex((row) => row.hasAttribute("aria-current"))
  const next = rows[Math.max(0, Math.min(rows.length - 1, start < 0 ? 0 : start + step))]
  next.focus()
  next.scrollIntoView({ block: "nearest" })
  if (!next.dataset.message) prefetch(Number(next.dataset.number))
}

function search() {
  const field = one(".search__input")
  if (!field?.offsetParent) goBack() // on a phone the list is behind the thread
  field?.focus()
  field?.select()
}

async function take() {
  const number = openNumber() ?? Number(document.activeElement?.dataset?.number)
  if (number) await told(async () => applyStreams((await post(`/tickets/${number}/take`)).streams))
}

// A button of a menu that stays closed.
async function pressIn(name, act) {
  await told(async () => {
    const button = one(`[data-act=${act}]`, await fill(name))
    if (button) button.click()
    else toast("There is nothing to change.")
  })
}

async function told(act) {
  try {
    await act()
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    toast(error.message)
  }
}
