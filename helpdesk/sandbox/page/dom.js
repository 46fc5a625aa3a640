// Small hands for building pages out of text: nothing that a customer or a business wrote ever becomes markup.

const PATHS = {
  plus: ["M12 5v14M5 12h14"],
  back: ["m15 18-6-6 6-6"],
  bolt: ["M13 2 3 14h9l-1 8 10-12h-9z"],
  send: ["M12 19V5M5 12l7-7 7 7"],
  more: ["M5 12h.01M12 12h.01M19 12h.01"],
  close: ["M18 6 6 18M6 6l12 12"],
  photo: ["M3 5h18v14H3zM3 16l5-5 4 4 3-3 6 5", "M15.5 9h.01"],
  mic: ["M12 2a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V5a3 3 0 0 0-3-3z", "M5 10a7 7 0 0 0 14 0M12 19v3"],
  video: ["M3 6h12v12H3zM15 10l6-3v10l-6-3"],
  file: ["M6 2h8l4 4v16H6zM14 2v4h4M9 12h6M9 16h6"],
  story: ["M12 3a9 9 0 1 1-6.4 2.6", "M12 8v8M8 12h8"],
  at: ["M16 8v5a3 3 0 0 0 6 0v-1a10 10 0 1 0-4 8", "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8z"],
  reel: ["M3 4h18v16H3zM3 9h18M8 4l3 5M14 4l3 5", "M10 12l5 3-5 3z"],
  share: ["M22 2 11 13M22 2l-7 20-4-9-9-4z"],
  heart: ["M12 20s-8-5-8-11a4.5 4.5 0 0 1 8-2.8A4.5 4.5 0 0 1 20 9c0 6-8 11-8 11z"],
  eye: ["M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12z", "M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z"],
  smile: ["M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z", "M8 14s1.5 2 4 2 4-2 4-2M9 9h.01M15 9h.01"],
  help: ["M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z", "M9.5 9a2.5 2.5 0 1 1 3.5 2.3c-.8.4-1 .9-1 1.7M12 16.5h.01"],
  link: ["M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1"],
  upload: ["M12 16V4M7 9l5-5 5 5M4 20h16"],
  bag: ["M5 8h14l1 13H4z", "M9 8V6a3 3 0 0 1 6 0v2"],
  apps: ["M4 4h7v7H4zM13 13h7v7h-7zM4 13h7v7H4z", "M16.5 4v7M13 7.5h7"],
  menu: ["M4 6h16M4 12h16M4 18h10"],
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg")
  svg.setAttribute("viewBox", "0 0 24 24")
  svg.setAttribute("class", "icon")
  svg.setAttribute("aria-hidden", "true")
  for (const d of PATHS[name]) {
    const path = document.createElementNS(svg.namespaceURI, "path")
    path.setAttribute("d", d)
    svg.append(path)
  }
  return svg
}

// el("button.row", {type: "button", onclick}, "text", child): classes after dots, handlers as on…, the rest as attributes.
export function el(what, attributes = {}, ...children) {
  const [tag, ...classes] = what.split(".")
  const node = document.createElement(tag)
  if (classes.length) node.className = classes.join(" ")
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value)
    else if (name in node && typeof value === "boolean") node[name] = value
    else if (value !== null && value !== undefined) node.setAttribute(name, value)
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false))
  return node
}

export const clock = (ms) => new Date(ms).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })

export const day = (ms) => new Date(ms).toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" })

export function initials(name) {
  const words = name.split(/\s+/).filter(Boolean)
  return ((words[0]?.[0] ?? "?") + (words.length > 1 ? words.at(-1)[0] : "")).toUpperCase()
}

// Files are always asked of the address that this page came from, whichever name of the machine it used.
export function local(url) {
  const place = new URL(url, location.href)
  return place.pathname.startsWith("/instagram/media/") ? place.pathname + place.search : ""
}
