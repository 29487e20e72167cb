// The sample dashboard's page. All addresses are relative, so that it works below any prefix.

const by = (id) => document.getElementById(id);
const show = (id, text) => {
  by(id).textContent = text;
};
const light = (id, on, text) => {
  by(`${id}-light`).className = on ? "on" : "off";
  show(`${id}-state`, text);
};
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks the API. A 401 that says where to sign in leads there. */
async function ask(path, init) {
  const response = await fetch(path, init);
  if (response.status === 401) {
    const { login_url: loginUrl } = await response.json();
    if (loginUrl) location.assign(loginUrl);
    throw new Error("signed out");
  }
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

/** Opens a WebSocket with a new ticket: a browser can send no header there, and the ticket is good once. */
async function open(path) {
  const { ticket } = await ask("api/auth/ws-ticket", { method: "POST" });
  const address = new URL(`${path}?ticket=${ticket}`, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  const socket = new WebSocket(address);
  socket.binaryType = "arraybuffer";
  return socket;
}

async function keepClock() {
  for (;;) {
    try {
      await runClock(await open("ws"));
    } catch (error) {
      light("socket", false, String(error.message ?? error));
    }
    await pause(1000);
  }
}

function runClock(socket) {
  return new Promise((resolve) => {
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.kind === "hello") {
        show("socket-target", `GET ${message.target}`);
        light("socket", true, "open");
        return;
      }
      show("clock", new Date(message.time).toLocaleTimeString([], { hour12: false }));
      light("socket", true, `open, ${message.count} ticks on this one socket`);
    };
    socket.onclose = ({ code, reason }) => {
      light("socket", false, `closed ${code} ${reason}`.trim());
      resolve();
    };
  });
}

let tokenLife = 0;

async function keepSession() {
  let expiresAt = 0;
  let asked = 0;
  for (;;) {
    const left = expiresAt - Date.now();
    if (left <= 0 || Date.now() - asked > 5000) {
      asked = Date.now();
      try {
        const me = await ask("api/auth/me");
        const { rotations } = await ask("api/rotations");
        tokenLife = Math.max(tokenLife, me.expires_at * 1000 - Date.now());
        expiresAt = me.expires_at * 1000;
        show("rotations", rotations ?? "unknown");
        by("notice").hidden = true;
      } catch (error) {
        show("notice", `The gate cannot vouch for the session just now: ${error.message}`);
        by("notice").hidden = false;
        await pause(1000);
      }
    }
    const seconds = Math.max(0, Math.ceil((expiresAt - Date.now()) / 1000));
    show("expires", seconds > 0 ? `${seconds} s left` : "being refreshed");
    by("expires-bar").style.width = `${tokenLife > 0 ? (100 * seconds * 1000) / tokenLife : 0}%`;
    await pause(400);
  }
}

async function showViewer() {
  const viewer = await ask("api/whoami");
  show("viewer-name", viewer.name ?? viewer.user ?? "nobody: the gate is not in front");
  show("viewer-email", viewer.email ?? "");
  show("viewer-groups", viewer.groups ?? "none");
  show("viewer-provider", viewer.provider ?? "nobody");
  const seen = await ask("api/echo");
  const lines = [`${seen.method} ${seen.target}`];
  for (let i = 0; i < seen.headers.length; i += 2) {
    lines.push(`${seen.headers[i]}: ${seen.headers[i + 1]}`);
  }
  show("echo-headers", lines.join("\n"));
}

function watchLoad() {
  const points = [];
  const stream = new EventSource("api/events");
  stream.addEventListener("beat", ({ data }) => {
    const { count, load } = JSON.parse(data);
    points.push(load);
    if (points.length > 60) points.shift();
    const step = 300 / 59;
    const line = points.map((value, i) => `${(i * step).toFixed(1)},${100 - value}`).join(" ");
    by("chart-line").setAttribute("points", line);
    const end = ((points.length - 1) * step).toFixed(1);
    by("chart-area").setAttribute("points", `0,100 ${line} ${end},100`);
    light("stream", true, `open, ${count} events, load ${load} %`);
  });
  stream.onerror = () => light("stream", false, "interrupted");
}

function offerEcho() {
  by("echo-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = by("echo-text").value;
    const socket = await open("ws/echo");
    const answers = [];
    socket.onopen = () => {
      socket.send(text);
      socket.send(new Uint8Array([0, 1, 254, 255]));
    };
    socket.onmessage = ({ data }) => {
      answers.push(typeof data === "string" ? `“${data}”` : `${data.byteLength} bytes`);
      show("echo-result", `Came back: ${answers.join(" and ")}`);
      if (answers.length === 2) socket.close(1000);
    };
    socket.onclose = ({ code, reason }) => {
      if (code !== 1000) show("echo-result", `Closed ${code} ${reason}`);
    };
  });
}

function offerUpload() {
  by("upload").addEventListener("click", async () => {
    show("upload-result", "Uploading…");
    try {
      const body = new Blob([new Uint8Array(10 * 1024 * 1024)]);
      const { bytes, sha256 } = await ask("api/upload", { method: "POST", body });
      show("upload-result", `${bytes} bytes arrived, SHA-256 ${sha256.slice(0, 16)}…`);
    } catch (error) {
      show("upload-result", String(error.message ?? error));
    }
  });
}

offerEcho();
offerUpload();
watchLoad();
showViewer().catch((error) => show("viewer-name", error.message));
void keepClock();
void keepSession();
