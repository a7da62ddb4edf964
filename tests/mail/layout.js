// Shows one mail after the other, and names what its readers could not read: one line for each fault.
const [mails, edgeAtLeast] = arguments;
const faults = [];

const channels = (color) => {
  const [r, g, b, a = 1] = color.match(/[\d.]+/g).map(Number);
  return { rgb: [r, g, b], a };
};
const luminance = (rgb) => {
  const [r, g, b] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (one, other) => {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
};
const ground = (view, element) => {
  for (let at = element; at; at = at.parentElement) {
    const { rgb, a } = channels(view.getComputedStyle(at).backgroundColor);
    if (a === 1) return rgb;
  }
  return [255, 255, 255];
};

const frame = document.querySelector("iframe");
const { contentWindow: view, contentDocument: mail } = frame;
for (const [name, html] of mails) {
  show(html);
  const fault = (words) => faults.push(`${name}: ${words}`);
  if (mail.documentElement.scrollWidth > frame.clientWidth) {
    fault(`scrolls sideways, ${mail.documentElement.scrollWidth} px`);
  }
  for (const label of mail.querySelectorAll("th")) {
    const lines = label.getClientRects().length && mail.createRange();
    lines.selectNodeContents(label);
    const tops = new Set([...lines.getClientRects()].map((line) => Math.round(line.top)));
    if (tops.size > 1) fault(`breaks the label ${label.textContent}`);
  }
  const walker = mail.createTreeWalker(mail.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || element.closest("style, [aria-hidden]")) continue;
    const ratio = contrast(channels(view.getComputedStyle(element).color).rgb, ground(view, element));
    if (ratio < 4.5) fault(`${ratio.toFixed(2)}:1 in ${walker.currentNode.textContent.trim().slice(0, 30)}`);
  }
  for (const button of mail.querySelectorAll(".btn td")) {
    const card = ground(view, button.closest(".btn"));
    const style = view.getComputedStyle(button);
    const edge = channels(style.borderTopColor);
    const mixed = edge.rgb.map((value, at) => value * edge.a + ground(view, button)[at] * (1 - edge.a));
    const best = Math.max(contrast(ground(view, button), card), contrast(mixed, card));
    if (best < edgeAtLeast) {
      fault(`the button's edge has ${best.toFixed(2)}:1`);
    }
  }
}
return faults;
