// Menus (<details data-menu>) that load what is in them, close when one looks elsewhere; dialogs, and the journeys of
// messages.

import { all, listen, one, toast } from "./dom.js"
import { getText, Problem } from "./http.js"
import { isComposing } from "./keys.js"
import { parse } from "./streams.js"

// Opens the menu of that name (`data-menu`) and puts the keyboard on `focus` in it.
export function openMenu(name, focus) {
  const menu = one(`[data-menu=${name}]`)
  if (!menu) return
  menu.wanted = focus
  if (!menu.open) menu.open = true
  else if (menu.dataset.load) load(menu)
  if (!menu.dataset.load) one(focus, menu)?.focus()
}

// Loads what is in it without opening it; resolves with the menu, or null.
export async function fill(name) {
  const menu = one(`[data-menu=${name}]`)
  if (!menu) return null
  one("[data-menu-content]", menu).replaceChildren(parse(await getText(menu.dataset.load)))
  return menu
}

export function startMenus() {
  document.addEventListener("toggle", (event) => event.target.matches?.("details[data-load]") && load(event.target), true)
  document.addEventListener("click", (event) => {
    for (const menu of all("details[data-menu][open]")) if (!menu.contains(event.target)) menu.open = false
  })
  listen(document, "click", "[data-open-dialog]", (_, button) => document.getElementById(button.dataset.openDialog)?.showModal())
  listen(document, "click", "dialog[open]", (event, dialog) => event.target === dialog && dialog.close("cancel"))
  listen(document, "click", "a[data-journey]", (event, link) => showJourney(event, link))
  listen(document, "keydown", ".menu", moveInMenu)
}

async function load(menu) {
  if (!menu.open) return
  const place = one("[data-menu-content]", menu)
  try {
    place.replaceChildren(parse(await getText(menu.dataset.load)))
    const first = (menu.wanted && one(menu.wanted, place)) || one("input:not([type=hidden]):not([type=checkbox]), select, button:not(:disabled), a", place)
    menu.wanted = null
    first?.focus()
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    toast(error.message)
    menu.open = false
  }
}

function moveInMenu(event, menu) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (!step || isComposing(event) || event.target.matches("select, input[type=number]")) return
  event.preventDefault()
  const items = all(".menu__item:not(:disabled)", menu)
  const at = items.indexOf(document.activeElement)
  items[(at + step + items.length) % items.length]?.focus()
}

async function showJourney(event, link) {
  const dialog = document.getElementById("journey")
  if (!dialog || event.metaKey || event.ctrlKey || event.button) return
  event.preventDefault()
  try {
    one("[data-slot=steps]", dialog).replaceChildren(parse(await getText(link.href)))
    if (!dialog.open) dialog.showModal()
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    toast(error.message)
  }
}
