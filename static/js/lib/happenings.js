// Small lines between messages: where many follow each other, all but the last one are folded into one line.

import { all, clone, one } from "./dom.js"

const MOST = 3 // lines in a row that stay as they are
const opened = new Set() // ids of the first lines of those that somebody has opened

export function foldHappenings(list) {
  const focused = document.activeElement?.closest?.("[data-fold]")?.dataset.fold
  for (const line of all(":scope > [data-fold]", list)) line.remove()
  for (const line of all(":scope > .happening--folded", list)) line.classList.remove("happening--folded")
  for (const run of runs(list)) if (run.length > MOST) fold(run)
  if (focused) one(`[data-fold="${focused}"] button`, list)?.focus({ preventScroll: true })
}

function runs(list) {
  const found = []
  let run = []
  for (const item of [...list.children, null]) {
    if (item?.classList.contains("happening")) run.push(item)
    else if (run.length) run = (found.push(run), [])
  }
  return found
}

function fold(run) {
  const [first] = run
  const line = clone("folded-line")
  const button = one("button", line)
  line.dataset.fold = first.id
  button.addEventListener("click", () => {
    if (!opened.delete(first.id)) opened.add(first.id)
    draw()
  })
  first.before(line)
  draw()

  function draw() {
    const isOpen = opened.has(first.id)
    button.ariaExpanded = String(isOpen)
    button.textContent = isOpen ? "Show fewer" : `${run.length - 1} earlier changes`
    for (const each of run.slice(0, -1)) each.classList.toggle("happening--folded", !isOpen)
  }
}
