"use strict";
// Files of the search are scripts beside this page: they call kabarWords and kabarArticles with plain data.
const shown = 50;
const perFile = 500;
const files = new Map();
const words = new Map();
const articles = new Map();
const input = document.getElementById("words");
const count = document.getElementById("count");
const found = document.getElementById("found");
window.kabarWords = (shard, entries) => words.set(shard, entries);
window.kabarArticles = (n, rows) => articles.set(n, rows);

const shards = new Set(input.dataset.shards.split(" "));
// Loads a file once.
function load(name) {
  if (!files.has(name)) {
    files.set(name, new Promise((done) => {
      const script = document.createElement("script");
      script.onload = script.onerror = done;
      script.src = `search/${name}.js`;
      document.head.append(script);
    }));
  }
  return files.get(name);
}

const shardOf = (word) => (/^[a-z0-9]{2}/.test(word) ? word.slice(0, 2) : "other");

// Numbers of the articles that hold a word which begins so; null for all of them.
function holding(word) {
  const numbers = new Set();
  for (const [known, text] of Object.entries(words.get(shardOf(word)) || {})) {
    if (!known.startsWith(word)) continue;
    if (text === "*") return null;
    let at = 0;
    for (const step of text.split(" ")) numbers.add(at += parseInt(step, 36));
  }
  return numbers;
}

function line(row) {
  const [title, address, outlet, day] = row;
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = address;
  link.textContent = title;
  const source = document.createElement("p");
  source.className = "source";
  source.textContent = day ? `${outlet} · ${day}` : outlet;
  item.append(link, source);
  return item;
}

let asked = 0;
async function search() {
  const turn = ++asked;
  const wanted = input.value.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter((word) => word.length > 1);
  const needed = wanted.map(shardOf).filter((shard) => shards.has(shard));
  await Promise.all(needed.map((shard) => load(`words-${shard}`)));
  if (turn !== asked) return;
  const sets = wanted.map(holding).filter((set) => set);
  let numbers = sets.length ? [...sets[0]] : [];
  for (const set of sets.slice(1)) numbers = numbers.filter((n) => set.has(n));
  numbers.sort((a, b) => b - a);
  const first = numbers.slice(0, shown);
  await Promise.all([...new Set(first.map((n) => Math.floor(n / perFile)))].map((n) => load(`articles-${n}`)));
  if (turn !== asked) return;
  const rows = first.map((n) => (articles.get(Math.floor(n / perFile)) || [])[n % perFile]).filter((row) => row);
  found.replaceChildren(...rows.map(line));
  const more = numbers.length > shown ? `, the newest ${shown} of them below` : "";
  const named = numbers.length === 1 ? "1 article" : `${numbers.length} articles`;
  count.textContent = !wanted.length ? "" : sets.length ? `${named}${more}` : "Nearly every article holds that; add another word.";
}

input.addEventListener("input", search);
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target === input) return;
  event.preventDefault();
  input.focus();
});
if (input.value) search();
