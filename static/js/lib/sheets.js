// Dialogs that the server draws: a link marked `data-sheet` opens one, and so does what a form in it asks for next.
// Without this script the same links lead to pages.

import { listen, one, toast } from "./dom.js"
import { getText, Problem } from "./http.js"
import { parse } from "./streams.js"

export function startSheets() {
  listen(document, "click", "a[data-sheet]", (event, link) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return
    event.preventDefault()
    link.closest("details[data-menu]")?.removeAttribute("open")
    show(link.href)
  })
  listen(document, "submit", "form[data-sheet]", (event, form) => {
    event.preventDefault()
    const address = new URL(form.action)
    address.search = new URLSearchParams(new FormData(form)).toString()
    show(address.href)
  })
  listen(document, "click", "[data-close-dialog]", (event, button) => leave(button))
}

async function show(address) {
  const dialog = document.getElementById("sheet")
  if (!dialog) return location.assign(address)
  try {
    const content = parse(await getText(address))
    one("[data-slot=sheet]", dialog).replaceChildren(content)
    if (!dialog.open) dialog.showModal()
    const first = one("input:checked", content) ?? one("input:not([type=hidden])", content)
    ;(first ?? one("#sheet-title", content)).focus()
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    if (dialog.open) dialog.close()
    toast(error.message)
  }
}

function leave(button) {
  const dialog = button.closest("dialog")
  if (dialog) dialog.close("cancel")
  else history.back()
}
