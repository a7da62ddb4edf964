// The newest message shows itself; a page that shows a chosen one only says that there are others.
const { newest } = document.body.dataset;
setInterval(async () => {
  try {
    const now = await (await fetch("/newest")).text();
    if (now === newest) return;
    if (location.pathname === "/") location.reload();
    else document.body.classList.add("news");
  } catch { /* the program was stopped, or is being started again */ }
}, 1000);
for (const time of document.querySelectorAll("time")) time.textContent = new Date(time.dateTime).toLocaleTimeString();
