// The app that the recipes of docs/TESTING.md sign in to: a page that asks for an address and then for its code. In place of
// Clerk, it has a code sent by `clerk-courier trigger`. Arguments: that program, the receiver's URL, its secret. Prints its port.
import { execFile } from "node:child_process";
import { createServer } from "node:http";

const [program, url, secret] = process.argv.slice(2);
const codes = new Map();
let last = 100000;

const page = `<!doctype html><html lang="en"><title>Sign in</title>
<form><label>Email address <input name="email"></label> <button>Continue</button></form>
<form hidden><label>Code <input name="code"></label> <button>Sign in</button> <button type="button">Resend</button></form>
<p></p>
<script>
const [first, second] = document.forms;
const post = (path, said) => fetch(path, { method: "POST", body: new URLSearchParams(said) }).then((it) => it.text());
const ask = () => post("/send", { to: first.email.value });
first.onsubmit = (event) => { event.preventDefault(); ask(); first.hidden = true; second.hidden = false; };
second.querySelector("[type=button]").onclick = ask;
second.onsubmit = async (event) => {
  event.preventDefault();
  document.querySelector("p").textContent = await post("/verify", { to: first.email.value, code: second.code.value });
};
</script>`;

const server = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request) body += chunk;
  const said = new URLSearchParams(body);
  const to = said.get("to");
  if (request.url === "/send") {
    const code = String((last += 7919));
    codes.set(to, code);
    const options = ["--url", url, "--secret", secret, "--to", to, "--set", `otp_code=${code}`];
    execFile(program, ["trigger", "verification_code", ...options], (error, stdout, stderr) => {
      if (error) console.error(stdout, stderr);
    });
    response.end();
  } else if (request.url === "/verify") {
    response.end(codes.get(to) === said.get("code") ? "Welcome" : "Wrong code");
  } else {
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(page);
  }
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
