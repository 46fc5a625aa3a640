// Menus (<details data-menu>) that load what is in them, close when one looks elsewhere; dialogs, large pictures and the
// journeys of messages.

import { all, listen, one, toast } from "./dom.js"
import { getText, Problem } from "./http.js"
import { parse } from "./streams.js"

export function startMenus() {
  document.addEventListener("toggle", (event) => event.target.matches?.("details[data-load]") && load(event.target), true)
  document.addEventListener("click", (event) => {
    for (const menu of all("details[data-menu][open]")) if (!menu.contains(event.target)) menu.open = false
  })
  listen(document, "click", "[data-open-dialog]", (_, button) => document.getElementById(button.dataset.openDialog)?.showModal())
  listen(document, "click", "dialog[open]", (event, dialog) => event.target === dialog && dialog.close("cancel"))
  listen(document, "click", "a[data-enlarge]", (event, link) => enlarge(event, link))
  listen(document, "click", "a[data-journey]", (event, link) => showJourney(event, link))
  listen(document, "keydown", ".menu", moveInMenu)
}

async function load(menu) {
  if (!menu.open) return
  const place = one("[data-menu-content]", menu)
  try {
    place.replaceChildren(parse(await getText(menu.dataset.load)))
    one("button:not(:disabled), a", place)?.focus()
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    toast(error.message)
    menu.open = false
  }
}

function moveInMenu(event, menu) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (!step) return
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

function enlarge(event, link) {
  const viewer = document.getElementById("viewer")
  if (!viewer || event.metaKey || event.ctrlKey || event.button) return
  event.preventDefault()
  const image = one("[data-slot=image]", viewer)
  image.src = link.href
  image.alt = one("img", link)?.alt ?? ""
  one("[data-slot=download]", viewer).href = link.dataset.download
  viewer.showModal()
}
