// Notifications of the desktop: whether this browser shows them, and showing them.

// "granted", "default" (not asked yet), "denied", or "none": the browser has them at https:// addresses only.
export const permission = () => (window.Notification && isSecureContext ? Notification.permission : "none")

// Asks the person; to be called from a click.
export async function askPermission() {
  if (permission() === "default") await Notification.requestPermission()
  return permission()
}

// Answers "shown", or why not: "blocked", "unasked" or "none". One with the same `tag` is replaced. `chosen`: what a click
// on it does, after the desk has come to the front.
export function notify({ title, text, tag, chosen }) {
  const allowed = permission()
  if (allowed !== "granted") return { denied: "blocked", default: "unasked" }[allowed] ?? "none"
  try {
    const icon = document.querySelector('link[rel="icon"]')?.dataset.plain ?? ""
    const shown = new Notification(title, { body: text, tag, icon, silent: true })
    shown.addEventListener("click", () => {
      window.focus()
      shown.close()
      chosen?.()
    })
    return "shown"
  } catch {
    return "none" // phones show them for installed pages only
  }
}
