// Opens pages in headless Chromium at 390 and 1280 pixels, light and dark: node pages.mjs CHROMIUM OUT PAGE...
// Fails when a page is wider than the window, an element sticks out of it and out of every box that
// scrolls, an image does not load, text and ground are too much alike, text of a drawing overlaps
// other text or a bar, text is too small to read, or words are broken up. Screenshots go to OUT.
import { spawn } from "node:child_process";
import { mkdtempSync, writeFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";

const [chromium, out, ...pages] = process.argv.slice(2);
const profile = mkdtempSync(join(tmpdir(), "pages-"));
const browser = spawn(chromium, ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
  "--remote-debugging-pipe", `--user-data-dir=${profile}`, "about:blank"], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
const [, , , to, from] = browser.stdio;
let last = 0, text = "";
const waiting = new Map(), events = new Map();
const ended = new Promise((_, fail) => browser.once("exit", code => fail(new Error(`the browser ended with code ${code}`))));
ended.catch(() => {});
to.on("error", () => {});
from.on("data", data => { // messages end with a zero
  const parts = (text + data).split("\0");
  text = parts.pop();
  for (const m of parts.map(JSON.parse)) {
    if (m.id) { waiting.get(m.id)(m); waiting.delete(m.id); } else events.get(m.method)?.();
  }
});
from.setEncoding("utf8");
let session;
const call = (method, params = {}) => Promise.race([ended, new Promise((done, fail) => {
  waiting.set(++last, m => m.error ? fail(new Error(method + ": " + m.error.message)) : done(m.result));
  to.write(JSON.stringify({ id: last, method, params, sessionId: session }) + "\0");
})]);

// measure runs in the page.
const measure = () => {
  const faults = [], wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > wide) faults.push(`the page is ${document.documentElement.scrollWidth} wide`);
  for (const e of document.querySelectorAll("body *")) {
    if (e.closest("svg") && e.tagName !== "svg" || e.tagName === "TITLE") continue;
    const r = e.getBoundingClientRect();
    if (r.right > wide + 1 && !e.closest(".scroll, pre")) faults.push(`${e.tagName.toLowerCase()} ends at ${Math.round(r.right)}: ${e.textContent.slice(0, 40)}`);
  }
  for (const t of document.querySelectorAll("svg text")) {
    const r = t.getBoundingClientRect(), s = t.ownerSVGElement.getBoundingClientRect();
    if (r.right > s.right + 2 || r.left < s.left - 2 || r.bottom > s.bottom + 2 || r.top < s.top - 2) faults.push(`text is cut: ${t.textContent}`);
  }
  for (const i of document.images) {
    if (!i.complete || !i.naturalWidth) faults.push(`image: ${i.alt}`);
    const inch = i.getBoundingClientRect().width / i.naturalWidth * 200; // in which text of 9 points is 1/8
    if (inch < 95) faults.push(`text of a figure is ${(inch / 8).toFixed(1)} px high: ${i.alt.slice(0, 40)}`);
  }
  for (const s of document.querySelectorAll("svg")) {
    const texts = [...s.querySelectorAll("text")].map(e => [e.getBoundingClientRect(), e.lastChild?.data]).filter(([r]) => r.width);
    const bars = [...s.querySelectorAll("rect.first, rect.second")].map(e => [e.getBoundingClientRect(), "a bar"]);
    for (const [k, [a, text]] of texts.entries()) for (const [b, other] of texts.slice(k + 1).concat(bars))
      if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.25 * Math.min(a.height, b.height || 1)) faults.push(`${text} overlaps ${other}`);
    for (const e of s.querySelectorAll("text")) {
      const px = parseFloat(getComputedStyle(e).fontSize) * s.getBoundingClientRect().width / s.viewBox.baseVal.width;
      if (px < 9.5) faults.push(`${e.textContent} is ${px.toFixed(1)} px high`);
    }
  }
  for (const e of document.querySelectorAll("td, th")) {
    const r = e.getBoundingClientRect();
    if (r.width < 48 && r.height > 70) faults.push(`words are broken up: ${e.textContent.slice(0, 40)}`);
  }
  for (const e of document.querySelectorAll(".scroll, pre"))
    if (e.scrollWidth > e.clientWidth + 1 && !getComputedStyle(e).backgroundImage.includes("gradient")) faults.push("a box scrolls without a cue");
  const light = c => { const [r, g, b] = c.match(/[\d.]+/g).map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
  const ground = light(getComputedStyle(document.body).backgroundColor);
  for (const s of ["body", "footer", "figcaption", ".panels text"]) {
    const e = document.querySelector(s);
    if (!e) continue;
    const l = light(e.tagName === "text" ? getComputedStyle(e).fill : getComputedStyle(e).color);
    const contrast = (Math.max(l, ground) + .05) / (Math.min(l, ground) + .05);
    if (contrast < 4.5) faults.push(`${s} has a contrast of ${contrast.toFixed(1)}`);
  }
  return { faults: faults.slice(0, 8), height: document.documentElement.scrollHeight };
};

let failed = 0;
try {
  const { targetId } = await call("Target.createTarget", { url: "about:blank" });
  session = (await call("Target.attachToTarget", { targetId, flatten: true })).sessionId;
  await call("Page.enable");
  for (const page of pages) for (const width of [390, 1280]) for (const scheme of ["light", "dark"]) {
    await call("Emulation.setDeviceMetricsOverride", { width, height: 900, deviceScaleFactor: 1, mobile: width < 500 });
    await call("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
    const loaded = new Promise(done => events.set("Page.loadEventFired", done));
    await call("Page.navigate", { url: "file://" + resolve(page) });
    await loaded;
    const { result, exceptionDetails } = await call("Runtime.evaluate", { expression: `(${measure})()`, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    for (const f of result.value.faults) { failed++; console.log(`${page}, ${width} px, ${scheme}: ${f}`); }
    const shot = await call("Page.captureScreenshot", { captureBeyondViewport: true, clip: { x: 0, y: 0, width, height: Math.min(result.value.height, 12000), scale: 1 } });
    writeFileSync(join(out, `${basename(page, ".html")}-${width}-${scheme}.png`), Buffer.from(shot.data, "base64"));
  }
} catch (e) {
  failed++;
  console.log(e.message);
} finally {
  browser.kill();
  await new Promise(done => browser.exitCode === null ? browser.once("exit", done) : done());
  try { rmSync(profile, { recursive: true, force: true, maxRetries: 5 }); } catch { } // its children may still write
}
console.log(`${pages.length} pages at 2 widths in 2 schemes, ${failed} faults`);
process.exit(failed ? 1 : 0);
