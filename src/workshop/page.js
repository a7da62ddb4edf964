// The pages work without this script. With it, they follow what is typed and what is saved.
const form = document.getElementById("values");
let turn = 0;

// The address of this page with everything that is in its form now.
function address() {
  if (!form) return location.pathname;
  return form.getAttribute("action") + "?" + new URLSearchParams(new FormData(form));
}

const parsed = (text) => new DOMParser().parseFromString(text, "text/html");

// Replaces the address rather than setting `src`, which would add an entry to the history for every letter typed. The
// frame shows the old mail until the new one is there.
function turnFrame(frame, src) {
  if ((frame.dataset.src ?? frame.getAttribute("src")) === src) return;
  frame.dataset.src = src;
  frame.contentWindow.location.replace(src);
}

function put(place, fresh) {
  if (place.tagName === "IFRAME") return turnFrame(place, fresh.getAttribute("src"));
  if (place.innerHTML === fresh.innerHTML) return;
  // What somebody unfolded stays unfolded.
  for (const open of place.querySelectorAll("details[open]")) {
    const same = open.id ? fresh.querySelector(`#${CSS.escape(open.id)}`) : fresh.querySelector("details");
    if (same) same.open = true;
  }
  const focused = place.contains(document.activeElement) && document.activeElement.getAttribute("href");
  // A select forgets its choice when its options are replaced, so the box would jump to another language.
  const chosen = fresh.value;
  place.replaceChildren(...fresh.childNodes);
  if (place.tagName === "SELECT") place.value = chosen;
  if (focused) place.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
  if (place.id === "list") search();
}

// Takes over what is new on a fresh copy of this page. Only the parts that differ are replaced, so that the frames don't
// flicker and the field that somebody is typing in keeps its text and focus.
function show(page) {
  localise(page);
  const preview = document.getElementById("preview");
  const fresh = page.getElementById("preview");
  const isStale = fresh?.hasAttribute("data-stale");
  // What was missing is there now.
  if (fresh && !preview) return location.reload();
  if (fresh && !isStale && isOther(preview, fresh)) preview.replaceWith(fresh);
  for (const place of document.querySelectorAll("[data-live]")) {
    const other = page.getElementById(place.id);
    if (other && !(isStale && place.closest("#preview"))) put(place, other);
  }
  setWidth();
  Object.assign(document.body.dataset, page.body.dataset);
  const url = page.getElementById("values")?.dataset.url;
  if (url) history.replaceState(null, "", url);
}

// Whether the fresh preview is of another message, or has other parts.
function isOther(preview, fresh) {
  const parts = (article) => [...article.querySelectorAll("[data-live]")].map((part) => part.id).join();
  return parts(preview) !== parts(fresh) || preview.dataset.message !== fresh.dataset.message;
}

// Answers may arrive out of order: only the one to the last request counts.
async function refresh() {
  const mine = ++turn;
  try {
    const answer = await fetch(address());
    const page = parsed(await answer.text());
    if (mine === turn && (answer.ok || answer.status === 404)) show(page);
  } catch { /* watch() shows that the program has stopped */ }
}

async function watch() {
  if (!document.hidden) {
    try {
      const { revision, newest, events } = await (await fetch("/state")).json();
      document.body.classList.remove("gone");
      const { dataset } = document.body;
      const isNew = String(events) !== dataset.events || (newest ?? "") !== dataset.newest;
      if (revision !== dataset.revision || isNew) await refresh();
    } catch {
      document.body.classList.add("gone");
    }
  }
  setTimeout(watch, 300);
}

function localise(page) {
  for (const time of page.querySelectorAll("time")) time.textContent = new Date(time.dateTime).toLocaleTimeString();
  for (const option of page.querySelectorAll("#locale option")) option.textContent = languageName(option.value);
  for (const name of page.querySelectorAll(".card h2 a")) name.textContent = languageName(name.dataset.tag);
}

function languageName(tag) {
  try {
    const name = new Intl.DisplayNames([tag], { type: "language" }).of(tag);
    return name === tag ? tag : `${name} (${tag})`;
  } catch {
    return tag;
  }
}

async function send(button) {
  const sent = document.getElementById("sent");
  button.disabled = true;
  sent.textContent = "Sending…";
  try {
    const answer = await fetch(button.formAction, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    put(sent, parsed(await answer.text()).getElementById("sent"));
  } catch {
    sent.textContent = "clerk-courier did not answer. Is it still running?";
  }
  button.disabled = false;
}

if (form) {
  let soon;
  const edited = ({ target }) => {
    if (target.form !== form || target.id === "to") return;
    turn += 1; // an answer that is under way does not know this change
    clearTimeout(soon);
    soon = setTimeout(refresh, 120);
  };
  document.addEventListener("input", edited);
  document.addEventListener("change", edited);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = event.submitter;
    if (button?.id === "send") send(button);
    else refresh();
  });
  document.getElementById("to")?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    document.getElementById("send").click();
  });
}

// Makes the mail as wide as the slider says. The page's policy lets no style into its HTML.
function setWidth() {
  const width = document.getElementById("width");
  if (!width) return;
  document.documentElement.style.setProperty("--width", `${width.value}px`);
  width.nextElementSibling.value = width.value;
}
document.addEventListener("input", ({ target }) => { if (target.id === "width") setWidth(); });

// Shows the entries of the list in which all that is typed comes.
function search() {
  const words = document.getElementById("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const entry of document.querySelectorAll("#list li")) {
    const link = entry.firstElementChild;
    const text = `${link.textContent} ${link.dataset.slug ?? link.dataset.clerk ?? ""} ${link.dataset.channel ?? ""}`.toLowerCase();
    entry.hidden = !words.every((word) => text.includes(word));
  }
  for (const row of document.querySelectorAll("#messages a, .event")) {
    row.hidden = !words.every((word) => row.textContent.toLowerCase().includes(word));
  }
  for (const list of document.querySelectorAll("#list ul")) {
    const isEmpty = ![...list.children].some((entry) => !entry.hidden);
    list.hidden = isEmpty;
    list.previousElementSibling.hidden = isEmpty;
  }
}

async function copy(button) {
  const said = button.textContent;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = "Copied";
  } catch {
    button.textContent = "The browser forbids it";
  }
  setTimeout(() => { button.textContent = said; }, 1500);
}

// The entry before or behind the one that is shown: a message, where messages are, else a template.
function step(by) {
  const all = (css) => [...document.querySelectorAll(css)].filter((it) => !it.hidden && !it.parentElement.hidden);
  const messages = all("#messages a");
  const entries = messages.length ? messages : all("#list li a");
  const at = entries.findIndex((it) => it.hasAttribute("aria-current"));
  entries[at < 0 ? 0 : at + by]?.click();
}

const keys = document.getElementById("keys");
const keysOn = document.getElementById("keys-on");
keysOn.checked = localStorage.getItem("keys") !== "off";
keysOn.addEventListener("change", () => localStorage.setItem("keys", keysOn.checked ? "on" : "off"));
document.getElementById("show-keys").addEventListener("click", () => keys.showModal());
const pressed = {
  "/": () => document.getElementById("search").focus(),
  "?": () => keys.showModal(),
  j: () => step(1),
  k: () => step(-1),
  c: () => document.querySelector(".copy")?.click(),
};
document.addEventListener("keydown", (event) => {
  const isTyping = event.target.matches("input:not([type=radio]), select, textarea") || keys.open;
  if (isTyping || !keysOn.checked || event.ctrlKey || event.metaKey || event.altKey || !pressed[event.key]) return;
  event.preventDefault();
  pressed[event.key]();
});
document.addEventListener("click", ({ target }) => {
  const button = target.closest?.(".copy");
  if (button) copy(button);
});
document.getElementById("search").addEventListener("input", search);
document.getElementById("search").addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    event.target.value = "";
    search();
    event.target.blur();
  } else if (event.key === "Enter") {
    [...document.querySelectorAll("#list li a")].find((it) => !it.parentElement.hidden)?.click();
  }
});

document.getElementById("list").addEventListener("keydown", (event) => {
  const links = [...event.currentTarget.querySelectorAll("a:not(.close-list)")].filter((it) => it.offsetParent);
  const at = links.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
  if (at < 0 || to === undefined) return;
  event.preventDefault();
  links[Math.max(0, Math.min(to, links.length - 1))].focus();
});

// On a phone, the view for phones is the useful one.
if (innerWidth <= 760 && !location.search.includes("view=")) document.getElementById("view-phone")?.click();
document.getElementById("list").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
// An address with an event's number opens it.
if (location.hash.startsWith("#event-")) {
  const event = document.getElementById(location.hash.slice(1));
  if (event) event.open = true;
  event?.scrollIntoView({ block: "center" });
}
document.documentElement.classList.add("js");
setWidth();
localise(document);
watch();
