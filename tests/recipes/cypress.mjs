// Runs a recipe for Cypress without Cypress, whose browser comes from no package registry: `cy.request` asks by fetch, and what
// would act on the page asks the app in the page's stead. Arguments: the recipe, the app's address. Prints what it passed.
import { readFileSync } from "node:fs";

const [recipe, app] = process.argv.slice(2);
const typed = {};
const post = async (path, said) => (await fetch(app + path, { method: "POST", body: new URLSearchParams(said) })).text();
let shown = "";

// Commands run one after the other; those that a callback adds come next, as in Cypress.
let queue = [];
const chain = (run) => {
  queue.push(run);
  return commands;
};
const click = { Continue: () => post("/send", { to: typed.email }), "Sign in": () => post("/verify", { to: typed.email, code: typed.code }) };
const commands = {
  visit: (path) => chain(async () => { if (!(await fetch(app + path)).ok) throw new Error(path); }),
  get: (css) => chain(() => css.match(/name=(\w+)/)[1]),
  contains: (...words) => chain(() => {
    const text = words.at(-1);
    if (words.length === 1 && shown !== text) throw new Error(`the page says ${shown}, not ${text}`);
    return text;
  }),
  type: (text) => chain((name) => { typed[name] = text; }),
  click: () => chain(async (button) => { shown = await click[button](); }),
  request: ({ url, timeout }) => chain(async () => {
    const answer = await fetch(url, { signal: AbortSignal.timeout(timeout) });
    if (!answer.ok) throw new Error(await answer.text());
    return { status: answer.status, body: await answer.json() };
  }),
  its: (name) => chain((value) => value[name]),
  then: undefined,
};
commands.then = (callback) => chain(async (value) => {
  const rest = queue;
  queue = [];
  callback(value);
  queue = [...queue, ...rest];
});
// A promise would call `then` of what an async function returns, so the commands are never returned from one.
const tests = [];
globalThis.cy = commands;
globalThis.Cypress = { env: (name) => process.env[name] };
globalThis.describe = (_, body) => body();
globalThis.it = (name, body) => tests.push([name, body]);

new Function(readFileSync(recipe, "utf8"))();
for (const [name, body] of tests) {
  body();
  let value;
  while (queue.length) value = await queue.shift()(value);
  console.log(`passed: ${name}`);
}
