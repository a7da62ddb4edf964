// Holds mails against html-validate and against caniemail, and prints what neither lets pass: one line each.
// Arguments: html-validate's configuration, the exceptions to caniemail, the HTML files.
// Runs in target/mail, where ./test.sh puts the packages.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { caniemail, rawData } from "caniemail";
import { HtmlValidate, StaticConfigLoader } from "html-validate";

const clients = ["gmail.*", "outlook.windows", "outlook.outlook-com", "apple-mail.*"];

// caniemail knows how outlook.com and the new Outlook behave, but lets nobody ask for it: its data go in the place of
// Windows Mail's, a program that is no more.
const lent = "outlook.windows-mail";
const meant = "outlook.outlook-com";
for (const { stats } of rawData.data) stats.outlook["windows-mail"] = stats.outlook["outlook-com"];
const asked = clients.map((client) => (client === meant ? lent : client));

const json = (path) => JSON.parse(readFileSync(path, "utf8"));
const matches = (glob, client) => glob === client || (glob.endsWith(".*") && client.startsWith(glob.slice(0, -1)));

async function validate(config, files) {
  const validator = new HtmlValidate(new StaticConfigLoader(config));
  for (const file of files) {
    const { results } = await validator.validateFile(file);
    for (const { line, column, ruleId, message } of results.flatMap((result) => result.messages)) {
      console.log(`html-validate: ${basename(file)}:${line}:${column}: ${ruleId}: ${message}`);
    }
  }
}

// What some client supports in part or not at all: feature and client, with the files that use it.
function shortfalls(files) {
  const found = new Map();
  for (const file of files) {
    const { issues } = caniemail({ clients: asked, html: readFileSync(file, "utf8") });
    for (const [name, list] of [...issues.errors, ...issues.warnings]) {
      const client = name === lent ? meant : name;
      for (const { title, support, notes } of list) {
        const key = `${title}\n${client}`;
        const entry = found.get(key) ?? { title, client, support, notes, files: new Set() };
        found.set(key, { ...entry, files: entry.files.add(basename(file)) });
      }
    }
  }
  return [...found.values()];
}

const excepts = (exception, { title, client }) =>
  exception.feature === title && exception.clients.some((glob) => matches(glob, client));

// Those that no exception names: a line for each feature and degree.
function reportShortfalls(found, exceptions) {
  const lines = new Map();
  for (const shortfall of found.filter((it) => !exceptions.some((exception) => excepts(exception, it)))) {
    const { title, client, support, notes, files } = shortfall;
    const degree = support === "none" ? "not supported" : "supported in part";
    const line = lines.get(title + degree) ?? { title, degree, clients: [], files: new Set(), notes: new Set() };
    line.clients.push(client);
    for (const file of files) line.files.add(file);
    for (const note of notes) line.notes.add(note);
    lines.set(title + degree, line);
  }
  for (const { title, degree, clients, files, notes } of lines.values()) {
    console.log(`caniemail: ${title}: ${degree} by ${clients.join(", ")}: in ${[...files].join(", ")}`);
    for (const note of notes) console.log(`    ${note}`);
  }
}

// An exception has a reason, and something that needs it.
function reportExceptions(found, exceptions) {
  for (const { feature, clients, reason } of exceptions) {
    if (!reason) console.log(`caniemail: the exception for ${feature} has no reason`);
    for (const glob of clients) {
      if (found.some((shortfall) => excepts({ feature, clients: [glob] }, shortfall))) continue;
      console.log(`caniemail: nothing needs the exception for ${feature} in ${glob}`);
    }
  }
}

const [config, exceptionsFile, ...files] = process.argv.slice(1);
const exceptions = json(exceptionsFile);
await validate(json(config), files);
const found = shortfalls(files);
reportShortfalls(found, exceptions);
reportExceptions(found, exceptions);
